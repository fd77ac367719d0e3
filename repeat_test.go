package mysqldns

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
)

func signed(mac string) *repeatID {
	return repeatOf(&dns.TSIG{Hdr: dns.RR_Header{Name: "key."}, MAC: mac})
}

func TestRepetitionsGetTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p repeats
		var calls atomic.Int32
		slow := func() (int, bool) {
			calls.Add(1)
			time.Sleep(time.Second)
			return dns.RcodeYXDomain, true
		}
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if rcode, answered := p.once(t.Context(), signed("aa"), slow); rcode != dns.RcodeYXDomain || !answered {
					t.Errorf("got %d, %t", rcode, answered)
				}
			})
		}
		all.Wait()
		p.once(t.Context(), signed("aa"), slow)
		if calls.Load() != 1 {
			t.Errorf("carried out %d times", calls.Load())
		}
		time.Sleep(repeatsFor + time.Second)
		p.once(t.Context(), signed("bb"), slow)
		p.once(t.Context(), signed("aa"), slow) // its signature is too old by then
		if calls.Load() != 3 {
			t.Errorf("carried out %d times", calls.Load())
		}
	})
}

func TestWhatFailedMayBeRepeated(t *testing.T) {
	var p repeats
	calls := 0
	for _, answered := range []bool{true, false, true} {
		p.once(t.Context(), signed("aa"), func() (int, bool) {
			calls++
			return dns.RcodeServerFailure, answered
		})
	}
	if calls != 3 {
		t.Errorf("carried out %d times", calls)
	}
}

func TestMessagesWithoutASignatureAreNoRepetitions(t *testing.T) {
	var p repeats
	calls := 0
	for range 2 {
		p.once(t.Context(), repeatOf(nil), func() (int, bool) { calls++; return 0, true })
	}
	if calls != 2 {
		t.Errorf("carried out %d times", calls)
	}
}

func TestRepetitionsAreBounded(t *testing.T) {
	var p repeats
	for i := range mostRepeats + 100 {
		p.once(t.Context(), signed(string(rune(i))), func() (int, bool) { return 0, true })
	}
	if len(p.known) > mostRepeats || len(p.order) > mostRepeats {
		t.Errorf("%d and %d are remembered", len(p.known), len(p.order))
	}
}

// What is behind the end of the additional section counts only if tsig left it there.
func TestSignature(t *testing.T) {
	signature := &dns.TSIG{Hdr: dns.RR_Header{Name: "Key.Example."}, MAC: "aa"}
	r := &dns.Msg{Extra: []dns.RR{signature}}
	w := &statusWriter{}
	if keyName(signatureOf(w, r)) != "" {
		t.Error("nobody has checked it")
	}
	r.Extra = r.Extra[:0]
	if got := keyName(signatureOf(w, r)); got != "key.example." {
		t.Errorf("got %q", got)
	}
	if signatureOf(&statusWriter{status: dns.ErrSig}, r) != nil {
		t.Error("it is wrong")
	}
	r.Extra = append(r.Extra, new(dns.OPT))
	if signatureOf(w, r) != nil {
		t.Error("it is gone")
	}
}

type statusWriter struct {
	dns.ResponseWriter
	status error
}

func (w *statusWriter) TsigStatus() error { return w.status }
