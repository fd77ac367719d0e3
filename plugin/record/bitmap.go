package record

import (
	"slices"
	"strconv"
)

// composeType reads a type, which may also be a number: BIND writes what a SIG covers so.
func composeType(c *composer) *fault {
	if isDigits(c.fields[0].Text) {
		c.fields[0].Text = "TYPE" + c.fields[0].Text
	}
	t, f := c.typeWord()
	if f == nil {
		c.out = appendNumber(c.out, uint64(t), 16)
	}
	return f
}

// typeWord takes a field that means a type.
func (c *composer) typeWord() (uint16, *fault) {
	word, f := c.word()
	if f != nil {
		return 0, f
	}
	t, ok := typeInData(word)
	if !ok {
		return 0, c.wrong(word, "is no type")
	}
	if isReserved(t) {
		return 0, c.wrong(word, "is a reserved type")
	}
	return t, nil
}

// isReserved reports whether no record can speak of type t (RFC 6895, 3.1).
func isReserved(t uint16) bool { return t == 0 || t == 65535 }

func showType(v *viewer) *fault {
	b, f := v.take(2)
	if f != nil {
		return f
	}
	return v.typeWord(uint16(readNumber(b)))
}

func (v *viewer) typeWord(t uint16) *fault {
	if isReserved(t) {
		return v.wrong("it names the reserved type " + strconv.Itoa(int(t)))
	}
	v.word(TypeName(t))
	return nil
}

// composeBitmap makes a bitmap of types (RFC 4034, 4.1.2) of all fields that are left, in any order.
func composeBitmap(c *composer) *fault {
	var listed []uint16
	for len(c.fields) > 0 {
		t, f := c.typeWord()
		if f != nil {
			return f
		}
		listed = append(listed, t)
	}
	slices.Sort(listed)
	var window []byte // number, length, bits
	for _, t := range listed {
		if len(window) == 0 || window[0] != byte(t>>8) {
			c.out = append(c.out, window...)
			window = []byte{byte(t >> 8), 0}
		}
		window = setBit(window, 2, byte(t))
		window[1] = byte(len(window) - 2)
	}
	c.out = append(c.out, window...)
	return nil
}

// setBit sets a bit of a bitmap that begins at start, the highest of the first octet being bit 0.
func setBit[T byte | uint16](b []byte, start int, bit T) []byte {
	at := start + int(bit)/8
	for len(b) <= at {
		b = append(b, 0)
	}
	b[at] |= 0x80 >> (bit % 8)
	return b
}

func showBitmap(v *viewer) *fault {
	last := -1
	for len(v.in) > 0 {
		head, f := v.take(2)
		if f != nil {
			return f
		}
		bits, f := v.take(int(head[1]))
		if f != nil {
			return f
		}
		if int(head[0]) <= last || len(bits) == 0 || len(bits) > 32 || bits[len(bits)-1] == 0 {
			return v.wrong("its bitmap of types is not as RFC 4034, 4.1.2 has it")
		}
		last = int(head[0])
		if f := v.bits(bits, uint16(last)<<8); f != nil {
			return f
		}
	}
	return nil
}

// bits shows the types of a bitmap, counted from first.
func (v *viewer) bits(bits []byte, first uint16) *fault {
	for i := range 8 * len(bits) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			if f := v.typeWord(first + uint16(i)); f != nil {
				return f
			}
		}
	}
	return nil
}

// oldBitmap is that of NXT: types below 128, without windows (RFC 2535, 5.2).
var oldBitmap = part{
	compose: func(c *composer) *fault {
		var bits []byte
		for len(c.fields) > 0 {
			t, f := c.typeWord()
			if f != nil {
				return f
			}
			if t > 127 {
				return c.wrong(TypeName(t), "has a number above 127, for which there is no bit")
			}
			bits = setBit(bits, 0, t)
		}
		c.out = append(c.out, bits...)
		return nil
	},
	show: func(v *viewer) *fault {
		bits := v.rest()
		if n := len(bits); n > 16 || n > 0 && (bits[n-1] == 0 || bits[0]&0x80 != 0) {
			return v.wrong("its bitmap of types is not as RFC 2535, 5.2 has it")
		}
		return v.bits(bits, 0)
	},
}
