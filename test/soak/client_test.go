package main

import (
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// Of a server that answers every other question, each question has one outcome, and those without an answer do not hold up the rest.
func TestQuestionsGoThroughToAServerThatLosesHalf(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		packet := make([]byte, 512)
		for n := 0; ; n++ {
			length, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			if n%2 == 0 {
				packet[2] |= 0x80                     // a response
				server.WriteTo(packet[:length], from) //nolint:errcheck // then it is unanswered, too
			}
		}
	}()
	var answered, unanswered atomic.Int64
	asking := &client{
		watch:      stopwatch{time.Now()},
		answered:   func(time.Duration, *question, []byte, verdict, time.Duration) { answered.Add(1) },
		unanswered: func(*question) { unanswered.Add(1) },
	}
	if err := asking.dial(server.LocalAddr().String()); err != nil {
		t.Fatal(err)
	}
	const questions = 3 * openAtOnce
	asked := 0
	asking.runThrough(t.Context(), func() (question, bool) {
		asked++
		return hostQuestion(asked), asked <= questions
	})
	asking.finish()
	if answered.Load() != questions/2 || unanswered.Load() != questions/2 {
		t.Errorf("%d answered and %d not, expected %d of both", answered.Load(), unanswered.Load(), questions/2)
	}
}
