package lab

import (
	"errors"
	"fmt"
	"time"

	"github.com/miekg/dns"
)

// AwaitAnswer waits until a server answers for a name with A records, as when it has loaded what it answers from; or until it has ended.
func AwaitAnswer(addr, name string, within time.Duration, ended <-chan struct{}) error {
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.TypeA)
	client := &dns.Client{Timeout: time.Second}
	for deadline := time.Now().Add(within); ; time.Sleep(50 * time.Millisecond) {
		reply, _, err := client.Exchange(q, addr)
		if err == nil && reply.Rcode == dns.RcodeSuccess {
			return nil
		}
		select {
		case <-ended:
			return errors.New("it ended")
		default:
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no answer for %s after %s (%v)", name, within, err)
		}
	}
}
