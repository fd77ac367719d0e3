// Package stack has new goroutines start with a stack that is large enough for a question.
//
// miekg/dns starts a goroutine for every packet. Go starts it with a stack of the mean size that the garbage collector found in use when it last
// looked (runtime/stack.go, gcComputeStartingStackSize), rounded up to a power of two. Most goroutines of a CoreDNS wait for something and use
// next to nothing, so that is 2 or 4 KB; each question outgrows it on its way through the plugins, and its stack is copied to one of double
// the size, once or twice: 13 to 15 % of the CPU of a server under load.
//
// So a few goroutines are kept here that use much stack and wait too: they raise the mean. After each garbage collection their number is adapted,
// since it depends on how many others there are: one for every eight of them or so. They take 128 KB each, 4 MB at the most: a server with more than
// some 500 goroutines, such as one with thousands of idle TCP connections, goes back to what Go does by itself.
//
// This is the business of a program, not of a plugin: only a main function should call it. It relies on nothing that Go promises. A Go that no longer has
// the metric that it reads is left alone; with one that takes another size than the mean (as GODEBUG=adaptivestackstart=0 does), 4 MB are in vain. No
// answer depends on it. TestRaises fails in both cases.
package stack

import (
	"runtime"
	"runtime/metrics"
)

// Question is a size that the way of a question through the usual plugins does not outgrow. An answer of one address fits into half of that; one with
// names in it, such as the SOA of a negative answer, does not (measured: BenchmarkGrowth in bench/).
const Question = 16 << 10

// used is how much stack a kept goroutine uses: with what Go adds, its stack is one of 128 KB.
const used = 124 << 10

// most is how many goroutines are kept at the most.
const most = 32

// starting is the size that stacks start with since the last garbage collection, in octets.
const starting = "/gc/stack/starting-size:bytes"

// Raise has goroutines start with stacks of at least so many octets from the next garbage collection on, until stop is called.
func Raise(size uint64) (stop func()) {
	done := make(chan struct{})
	go keep(size, done)
	return func() { close(done) }
}

// keep adapts the number of goroutines after each garbage collection.
func keep(size uint64, done <-chan struct{}) {
	release := make(chan struct{}) // a value ends one goroutine
	defer close(release)           // and this all of them
	for kept := 0; ; {
		collected := nextCollection()
		for wanted := adapted(kept, now(), size); kept != wanted; {
			if kept < wanted {
				go use(release)
				kept++
			} else {
				release <- struct{}{}
				kept--
			}
		}
		select {
		case <-collected:
		case <-done:
			return
		}
	}
}

// adapted is how many goroutines to keep when there are kept and stacks start with so many octets; 0 is not known. Twice as many of them less than double
// the mean, so that it does not go beyond the size, and three quarters do not bring it from above the size to below its half. One stays where that is
// too many: else stacks would be too small every other time.
func adapted(kept int, now, size uint64) int {
	switch {
	case now == 0:
		return 0
	case now < size:
		return min(max(1, 2*kept), most)
	case now > size:
		return max(min(kept, 1), kept*3/4)
	}
	return kept
}

// now is the size that stacks start with; 0 where Go does not tell.
func now() uint64 {
	sample := []metrics.Sample{{Name: starting}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// nextCollection returns a channel that is closed after the next garbage collection.
func nextCollection() <-chan struct{} {
	collected := make(chan struct{})
	runtime.AddCleanup(new([16]byte), func(c chan struct{}) { close(c) }, collected)
	return collected
}

// use uses much stack until it is released.
//
//go:noinline
func use(release <-chan struct{}) {
	var room [used]byte
	<-release
	runtime.KeepAlive(&room)
}
