package journal

// step is how one version came from the one before it.
type step struct {
	from, to uint32
	delta    []byte // encoded
}

// history is the latest steps of one zone, each from where the one before leads to; the oldest first.
type history struct {
	steps  []step
	octets int // of all deltas
}

// add puts a step behind the others. If it does not begin where they end, or leads to a serial that is there already, it is the only one.
func (h *history) add(s step) {
	if n := len(h.steps); n > 0 && h.steps[n-1].to != s.from || h.place(s.to) >= 0 {
		*h = history{}
	}
	h.steps = append(h.steps, s)
	h.octets += len(s.delta)
}

// put puts a step before the others, and reports whether it fits there.
func (h *history) put(s step) bool {
	if len(h.steps) > 0 && h.steps[0].from != s.to || h.place(s.from) >= 0 {
		return false
	}
	h.steps = append([]step{s}, h.steps...)
	h.octets += len(s.delta)
	return true
}

// place is the index of the step that begins at a serial, -1 if none does.
func (h *history) place(serial uint32) int {
	for i, s := range h.steps {
		if s.from == serial {
			return i
		}
	}
	return -1
}

// cut forgets the oldest steps until the deltas have no more octets than most, and reports whether there were any.
func (h *history) cut(most int) (some bool) {
	i := 0
	for ; i < len(h.steps) && h.octets > most; i++ {
		h.octets -= len(h.steps[i].delta)
	}
	if i > 0 {
		h.steps = append([]step(nil), h.steps[i:]...)
	}
	return i > 0
}

// since returns the steps from a serial on; false if it is not in the history.
func (h *history) since(serial uint32) ([]step, bool) {
	i := h.place(serial)
	if i < 0 {
		return nil, false
	}
	return append([]step(nil), h.steps[i:]...), true
}
