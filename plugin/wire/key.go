package wire

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Key is a name in a form whose order as octets is the canonical order of names (RFC 4034, 6.1): its labels from the root down, in lower
// case, each ended by a zero. So the key of a name is a prefix of those of all names below it, and of no others; that of the root is
// empty. Within a label, where zero is an octet as any other, the octets 0 and 1 become 1 1 and 1 2.
type Key []byte

// ParseKey makes the key of a fully qualified name, escaped as in a zone file.
func ParseKey(name string) (Key, error) { return AppendParsedKey(nil, name) }

// AppendParsedKey appends the key of a fully qualified name, escaped as in a zone file.
func AppendParsedKey(key Key, name string) (Key, error) {
	var buf [MaxName + 1]byte
	end, err := dns.PackDomainName(name, buf[:], 0, nil, false)
	if err != nil || end > MaxName || !strings.HasSuffix(name, ".") {
		return nil, fmt.Errorf("%q is no fully qualified name", name)
	}
	return AppendKey(key, buf[:end]), nil
}

// KeyOf makes the key of a name in wire form with nothing behind it.
func KeyOf(name []byte) (Key, error) {
	if n := NameLen(name); n == 0 || n != len(name) {
		return nil, fmt.Errorf("%x is no name", name)
	}
	return AppendKey(nil, name), nil
}

// AppendKey appends the key of a valid name in wire form, of any case.
func AppendKey(key Key, name []byte) Key {
	var labels [128]uint8 // where they begin
	n := 0
	for at := 0; name[at] != 0; at += 1 + int(name[at]) {
		labels[n] = uint8(at)
		n++
	}
	for n--; n >= 0; n-- {
		at := int(labels[n])
		for _, c := range name[at+1 : at+1+int(name[at])] {
			if c <= 1 {
				key = append(key, 1)
				c++
			}
			key = append(key, Lower(c))
		}
		key = append(key, 0)
	}
	return key
}

// Name is the name in lower case, escaped as miekg/dns escapes what it unpacks.
func (k Key) Name() string {
	var name [MaxName + 1]byte
	at := len(name) - 1 // of the root's zero; labels are put before it
	for rest := []byte(k); len(rest) > 0; {
		end := bytes.IndexByte(rest, 0)
		label := labelOf(rest[:end])
		at -= len(label) + 1
		if at < 0 {
			return "" // no key that this package made
		}
		name[at] = byte(len(label))
		copy(name[at+1:], label)
		rest = rest[end+1:]
	}
	text, _, err := dns.UnpackDomainName(name[at:], 0)
	if err != nil {
		return ""
	}
	return text
}

// labelOf returns the octets of a label out of its part of a key.
func labelOf(part []byte) []byte {
	if bytes.IndexByte(part, 1) < 0 {
		return part
	}
	out := make([]byte, 0, len(part))
	for i := 0; i < len(part); i++ {
		if part[i] == 1 {
			i++
			out = append(out, part[i]-1)
			continue
		}
		out = append(out, part[i])
	}
	return out
}

// Holds reports whether a name is this one or below it.
func (k Key) Holds(name Key) bool { return bytes.HasPrefix(name, k) }

// Equal reports whether two names are the same.
func (k Key) Equal(other Key) bool { return bytes.Equal(k, other) }

// Parent is the key of the name one label up. The root has none.
func (k Key) Parent() Key { return k[:bytes.LastIndexByte(k[:len(k)-1], 0)+1] }

// Label is the first label of the name, as octets of the key. The root has none.
func (k Key) Label() []byte { return k[len(k.Parent()) : len(k)-1] }
