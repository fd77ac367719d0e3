package follow

import "sync/atomic"

// State is that of the connection to the database.
type State uint32

// The states; doc.go says what each means and what follows upon it.
const (
	Starting State = iota
	Following
	Reconnecting
	Failing
	states
)

func (s State) String() string {
	return [states]string{"starting", "following", "reconnecting", "failing"}[s]
}

// turn is what happens to the connection.
type turn uint8

const (
	followed turn = iota // a session has read what it needs, and follows
	failed               // a session failed, or none could be opened
	turns
)

var transitions = [states][turns]State{
	Starting:     {followed: Following, failed: Failing},
	Following:    {followed: Following, failed: Reconnecting},
	Reconnecting: {followed: Following, failed: Failing},
	Failing:      {followed: Following, failed: Failing},
}

// connection holds the state. The follower's goroutine changes it; any may read it.
type connection struct{ state atomic.Uint32 }

func (c *connection) now() State { return State(c.state.Load()) }

// take makes a transition and returns the states before and after it.
func (c *connection) take(t turn) (before, after State) {
	before = c.now()
	after = transitions[before][t]
	c.state.Store(uint32(after))
	return before, after
}
