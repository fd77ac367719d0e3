package record

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// number is an unsigned number of so many bits, in decimal.
func number(bits int) part {
	return part{min: 1, max: 1,
		compose: func(c *composer) *fault {
			word, f := c.word()
			if f != nil {
				return f
			}
			n, err := strconv.ParseUint(word, 10, bits)
			if err != nil {
				return c.wrong(word, "is not a number from 0 to "+strconv.FormatUint(1<<bits-1, 10))
			}
			c.out = appendNumber(c.out, n, bits)
			return nil
		},
		show: func(v *viewer) *fault {
			b, f := v.take(bits / 8)
			if f == nil {
				v.word(strconv.FormatUint(readNumber(b), 10))
			}
			return f
		}}
}

// appendNumber appends the last bits of n.
func appendNumber(out []byte, n uint64, bits int) []byte {
	return append(out, binary.BigEndian.AppendUint64(nil, n)[8-bits/8:]...)
}

// readNumber reads a number of up to 8 octets.
func readNumber(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// maybe is a part that may be missing at the end.
func maybe(p part) part {
	return part{min: 0, max: p.max, text: p.text,
		compose: func(c *composer) *fault {
			if len(c.fields) == 0 {
				return nil
			}
			return p.compose(c)
		},
		show: func(v *viewer) *fault {
			if len(v.in) == 0 {
				return nil
			}
			return p.show(v)
		}}
}

// period is a time in seconds, or in weeks, days, hours and minutes as in 1w2d3h4m5s.
var period = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		n, ok := Period(word)
		if !ok {
			return c.wrong(word, "is not a time in seconds, nor one such as 1h30m")
		}
		c.out = binary.BigEndian.AppendUint32(c.out, n)
		return nil
	},
	show: u32.show,
}

// Period reads a time as zone files have it, in seconds or with units, such as 1h30m. No more than 32 bits of seconds are one.
func Period(s string) (uint32, bool) {
	if isDigits(s) {
		n, err := strconv.ParseUint(s, 10, 32)
		return uint32(n), err == nil
	}
	var sum uint64
	for s != "" {
		end := 0
		for end < len(s) && '0' <= s[end] && s[end] <= '9' {
			end++
		}
		n, err := strconv.ParseUint(s[:end], 10, 32)
		if err != nil || end == len(s) {
			return 0, false
		}
		unit, ok := map[byte]uint64{'w': 604800, 'd': 86400, 'h': 3600, 'm': 60, 's': 1}[s[end]|0x20]
		if sum += n * unit; !ok || sum > 1<<32-1 {
			return 0, false
		}
		s = s[end+1:]
	}
	return uint32(sum), sum > 0
}

// instant is a time as in a signature (RFC 4034, 3.2): YYYYMMDDHHmmSS, or seconds since 1970; of 32 bits on the wire, which go round.
var instant = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		n, err := strconv.ParseUint(word, 10, 32)
		if len(word) == len(instantForm) {
			var t time.Time
			if t, err = time.Parse(instantForm, word); err == nil && t.Year() < 1970 {
				return c.wrong(word, "is before 1970")
			}
			n = uint64(t.Unix())
		}
		if err != nil {
			return c.wrong(word, "is not a time, such as 20300101000000, or seconds since 1970")
		}
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(n))
		return nil
	},
	show: func(v *viewer) *fault {
		b, f := v.take(4)
		if f == nil {
			v.word(time.Unix(signedTime(binary.BigEndian.Uint32(b), time.Now()), 0).UTC().Format(instantForm))
		}
		return f
	},
}

const instantForm = "20060102150405"

// signedTime is the time within 68 years of now that 32 bits stand for (RFC 4034, 3.1.5).
func signedTime(n uint32, now time.Time) int64 {
	t := now.Unix() + int64(int32(n-uint32(now.Unix())))
	if t < 0 { // no text has it
		t += 1 << 32
	}
	return t
}

func composeName(c *composer) *fault {
	word, f := c.word()
	if f != nil {
		return f
	}
	out, f := appendWireName(c.out, word, c.origin)
	if f != nil {
		return &fault{"has a name, " + quote(word) + ", that " + f.problem, f.advice}
	}
	c.out = out
	return nil
}

func showName(v *viewer) *fault {
	n := wire.NameLen(v.in)
	if n == 0 {
		return v.wrong("it has no name, or one that is compressed, where one must be")
	}
	v.begin()
	var buf [4 * maxName]byte
	v.out = AppendTextName(v.out, string(AppendName(buf[:0], v.in[:n])))
	v.in = v.in[n:]
	return nil
}

// textName writes what is read otherwise elsewhere in a form that is not: NSD 4.6 takes the dot behind \\ for escaped, Knot 3.2 refuses a bare $, which
// at the start of a line begins a directive.
var textName = strings.NewReplacer(`\\`, `\092`, `$`, `\$`)

// AppendTextName appends a name for a master file: escaped so that every server takes it for the same.
func AppendTextName(out []byte, name string) []byte {
	if !strings.ContainsAny(name, `$\`) {
		return append(out, name...)
	}
	return append(out, textName.Replace(name)...)
}

// names are any number of names.
var names = part{
	compose: func(c *composer) *fault {
		for len(c.fields) > 0 {
			if f := composeName(c); f != nil {
				return f
			}
		}
		return nil
	},
	show: func(v *viewer) *fault {
		for len(v.in) > 0 {
			if f := showName(v); f != nil {
				return f
			}
		}
		return nil
	},
}

func composeString(c *composer) *fault {
	s := c.next().octets()
	if len(s) > maxString {
		return &fault{"has a field of more than 255 octets", "shorten it"}
	}
	c.out = append(append(c.out, byte(len(s))), s...)
	return nil
}

func showString(v *viewer) *fault {
	n, f := v.take(1)
	if f != nil {
		return f
	}
	b, f := v.take(int(n[0]))
	if f == nil {
		v.quoted(b)
	}
	return f
}

// quoted shows text.
func (v *viewer) quoted(octets []byte) {
	v.begin()
	v.out = append(AppendString(append(v.out, '"'), octets), '"')
}

// composeStrings takes all fields; one of more than 255 octets becomes several strings.
func composeStrings(c *composer) *fault {
	for len(c.fields) > 0 {
		c.out = appendStrings(c.out, c.next().octets())
	}
	return nil
}

func showStrings(v *viewer) *fault {
	for first := true; first || len(v.in) > 0; first = false {
		if f := showString(v); f != nil {
			return f
		}
	}
	return nil
}

// longText is text to the end of the RDATA, without a length.
var longText = part{min: 1, max: 1, text: true,
	compose: func(c *composer) *fault {
		c.out = append(c.out, c.next().octets()...)
		return nil
	},
	show: func(v *viewer) *fault {
		v.quoted(v.rest())
		return nil
	},
}

// tag is letters and digits (RFC 8659, 4.1).
var tag = part{min: 1, max: 1, text: true,
	compose: func(c *composer) *fault {
		s := c.next().octets()
		if !isTag(s) {
			return badTag(c.rrtype)
		}
		c.out = append(append(c.out, byte(len(s))), s...)
		return nil
	},
	show: func(v *viewer) *fault {
		n, f := v.take(1)
		if f != nil {
			return f
		}
		b, f := v.take(int(n[0]))
		if f == nil && !isTag(string(b)) {
			return badTag(v.rrtype)
		}
		v.word(string(b))
		return f
	},
}

func badTag(t uint16) *fault {
	return &fault{"has a tag of other than letters and digits", adviceFor(t)}
}

func isTag(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < '0' || c > '9' || s[i] < '0') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= maxString
}

// joined takes all fields that are left as one word.
func (c *composer) joined() (string, *fault) {
	var all strings.Builder
	for len(c.fields) > 0 {
		word, f := c.word()
		if f != nil {
			return "", f
		}
		all.WriteString(word)
	}
	return all.String(), nil
}

func composeHex(c *composer) *fault {
	word, f := c.joined()
	if f != nil {
		return f
	}
	b, err := hex.DecodeString(word)
	if err != nil || len(b) == 0 {
		return c.wrong(word, "is not an even number of hexadecimal digits")
	}
	c.out = append(c.out, b...)
	return nil
}

func showHex(v *viewer) *fault {
	if len(v.in) == 0 {
		return v.wrong("it breaks off early")
	}
	v.begin()
	v.out = hex.AppendEncode(v.out, v.rest())
	return nil
}

func composeBase64(c *composer) *fault {
	word, f := c.joined()
	if f != nil {
		return f
	}
	out, err := base64.StdEncoding.AppendDecode(c.out, []byte(word))
	if err != nil {
		return c.wrong(word, "is not Base64")
	}
	c.out = out
	return nil
}

func showBase64(v *viewer) *fault {
	if len(v.in) == 0 {
		return v.wrong("it breaks off early")
	}
	return showSomeBase64(v)
}

// showSomeBase64 shows nothing where there is nothing.
func showSomeBase64(v *viewer) *fault {
	if len(v.in) > 0 {
		v.begin()
		v.out = base64.StdEncoding.AppendEncode(v.out, v.rest())
	}
	return nil
}

// dashBase is Base64, or - for nothing.
var dashBase = part{min: 1,
	compose: func(c *composer) *fault {
		if len(c.fields) == 1 && c.fields[0].Text == "-" {
			c.next()
			return nil
		}
		return composeBase64(c)
	},
	show: func(v *viewer) *fault {
		if len(v.in) == 0 {
			v.word("-")
			return nil
		}
		return showBase64(v)
	},
}

// salt is hexadecimal in one field, or - for nothing (RFC 5155, 3.3).
var salt = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		b, err := hex.DecodeString(strings.TrimPrefix(word, "-"))
		if err != nil || len(b) > maxString || word != "-" && len(b) == 0 || len(word) > 1 && word[0] == '-' {
			return c.wrong(word, "is not a salt: at most 255 octets in hexadecimal, or -")
		}
		c.out = append(append(c.out, byte(len(b))), b...)
		return nil
	},
	show: func(v *viewer) *fault {
		n, f := v.take(1)
		if f != nil {
			return f
		}
		b, f := v.take(int(n[0]))
		if f == nil && len(b) == 0 {
			v.word("-")
		} else if f == nil {
			v.word(hex.EncodeToString(b))
		}
		return f
	},
}

// nextHash is in Base32 with the extended hex alphabet and no padding (RFC 5155, 3.3).
var nextHash = part{min: 1, max: 1,
	compose: func(c *composer) *fault {
		word, f := c.word()
		if f != nil {
			return f
		}
		b, err := hashEncoding.DecodeString(strings.ToUpper(word))
		if err != nil || len(b) == 0 || len(b) > maxString || !strings.EqualFold(hashEncoding.EncodeToString(b), word) {
			return c.wrong(word, "is not a hash in Base32")
		}
		c.out = append(append(c.out, byte(len(b))), b...)
		return nil
	},
	show: func(v *viewer) *fault {
		n, f := v.take(1)
		if f != nil {
			return f
		}
		b, f := v.take(int(n[0]))
		if f == nil && len(b) == 0 {
			return v.wrong("its hash is empty")
		}
		v.word(hashEncoding.EncodeToString(b))
		return f
	},
}

var hashEncoding = base32.HexEncoding.WithPadding(base32.NoPadding)
