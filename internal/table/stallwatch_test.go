package table

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mysqldns/mysqldns/plugin/follow"
)

func TestStallWatch(t *testing.T) {
	tests := []struct {
		name string
		read func(*stallWatch)
		lost bool
	}{
		{"no first row of a table", func(v *stallWatch) {
			v.streams = true
			v.waiting.Store(true)
			time.Sleep(follow.StallTimeout + 2*time.Second)
		}, true},
		{"no first row yet", func(v *stallWatch) { v.waiting.Store(true); time.Sleep(time.Minute) }, false},
		{"silence after a row", func(v *stallWatch) {
			v.rows.Add(1)
			v.waiting.Store(true)
			time.Sleep(follow.StallTimeout + 2*time.Second)
		}, true},
		{"a reader that takes its time", func(v *stallWatch) { v.rows.Add(1); time.Sleep(time.Minute) }, false},
		{"a row now and then", func(v *stallWatch) {
			for range 20 {
				v.waiting.Store(true)
				time.Sleep(follow.StallTimeout - 2*time.Second)
				v.rows.Add(1)
			}
		}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, lose := context.WithCancelCause(t.Context())
				defer lose(nil)
				v := new(stallWatch)
				go v.run(ctx, lose)
				test.read(v)
				if lost := ctx.Err() != nil; lost != test.lost {
					t.Errorf("lost: %t, expected %t", lost, test.lost)
				}
			})
		})
	}
}
