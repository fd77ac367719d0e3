package follow

import "time"

// A goroutine that computes keeps its processor for up to 10 ms, and with no processor free Go looks for packets that arrived no more often
// than that. A busy socket overflows before. So while questions are answered, a list takes one processor only, and leaves it
// whenever it has gone through so many rows.
const (
	yieldEvery = 200
	leastYield = 50 * time.Microsecond
	mostYield  = 5 * time.Millisecond
)

// pace leaves the processor to others while much is computed. One goroutine at a time uses it.
type pace struct {
	throttled bool // questions are answered meanwhile
	urgent    bool // somebody waits for the result
	yielded   time.Time
}

// step yields at one of many steps, so often as is needed.
func (p *pace) step(number int) {
	if number%yieldEvery == 0 {
		p.yield()
	}
}

// yield sleeps, if there are questions: 50 µs, or if no question waits as long as it just worked, at most 5 ms.
func (p *pace) yield() {
	if !p.throttled {
		return
	}
	rest := leastYield
	if !p.urgent {
		rest = min(max(time.Since(p.yielded), leastYield), mostYield)
	}
	time.Sleep(rest)
	p.yielded = time.Now()
}
