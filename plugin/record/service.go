package record

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// isService reports whether type t has parameters of services (RFC 9460).
func isService(t uint16) bool { return t == dns.TypeSVCB || t == dns.TypeHTTPS }

// serviceKey is what the value of a parameter looks like. Every parameter may also be written as keyNNNNN with the octets of its value.
type serviceKey struct {
	name    string
	compose func(value string) ([]byte, bool) // octets of the value in text, without its outer escapes
	show    func(value []byte) (string, bool) // the reverse; false refuses the octets
}

// serviceKeys are those of IANA's registry by number. Others are keyNNNNN.
var serviceKeys map[uint16]serviceKey

// init, and no literal, as mandatory speaks of the other keys.
func init() {
	serviceKeys = map[uint16]serviceKey{
		0:  {"mandatory", composeKeys, showKeys},
		1:  {"alpn", composeList, showList},
		2:  {"no-default-alpn", composeNothing, showNothing},
		3:  {"port", composeNumbers(1, 1), showNumbers(1, 1)},
		4:  {"ipv4hint", composeHints(4), showHints(4)},
		5:  {"ech", composeECH, showECH},
		6:  {"ipv6hint", composeHints(16), showHints(16)},
		7:  {"dohpath", composeOctets, showOctets},
		8:  {"ohttp", composeNothing, showNothing},
		9:  {"tls-supported-groups", composeNumbers(1, 1<<15), showNumbers(1, 1<<15)}, // draft-ietf-tls-key-share-prediction
		10: {"docpath", composeList, showList},                                        // draft-ietf-core-dns-over-coap
	}
}

// Keys that go together with others.
const (
	keyMandatory     = 0
	keyALPN          = 1
	keyNoDefaultALPN = 2
	keyReserved      = 65535
)

// keyName is the name of a key.
func keyName(key uint16) string {
	if known, ok := serviceKeys[key]; ok {
		return known.name
	}
	return "key" + strconv.Itoa(int(key))
}

// keyNamed is the key of a name; bare reports that it came as keyNNNNN, and its value as octets.
func keyNamed(name string) (key uint16, bare, ok bool) {
	for key, known := range serviceKeys {
		if known.name == name {
			return key, false, true
		}
	}
	digits, ok := strings.CutPrefix(name, "key")
	n, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || n == keyReserved || strconv.FormatUint(n, 10) != digits {
		return 0, false, false
	}
	return uint16(n), true, true
}

// param is one parameter.
type param struct {
	key   uint16
	value []byte
}

// params are all parameters of SVCB and HTTPS: key, key=value or key="value", in any order (RFC 9460, 2.1).
var params = part{text: true,
	compose: func(c *composer) *fault {
		var all []param
		for len(c.fields) > 0 {
			p, f := composeParam(c)
			if f != nil {
				return f
			}
			all = append(all, p)
		}
		slices.SortStableFunc(all, func(a, b param) int { return int(a.key) - int(b.key) })
		if f := checkParams(c.rrtype, all); f != nil {
			return f
		}
		for _, p := range all {
			c.out = binary.BigEndian.AppendUint16(c.out, p.key)
			c.out = binary.BigEndian.AppendUint16(c.out, uint16(len(p.value)))
			c.out = append(c.out, p.value...)
		}
		return nil
	},
	show: func(v *viewer) *fault {
		var all []param
		for len(v.in) > 0 {
			head, f := v.take(4)
			if f != nil {
				return f
			}
			value, f := v.take(int(binary.BigEndian.Uint16(head[2:])))
			if f != nil {
				return f
			}
			p := param{binary.BigEndian.Uint16(head), value}
			if n := len(all); n > 0 && p.key <= all[n-1].key {
				return v.wrong("its keys are not in order, or one is there twice")
			}
			all = append(all, p)
			v.param(p)
		}
		return checkParams(v.rrtype, all)
	},
}

// composeParam reads a parameter.
func composeParam(c *composer) (param, *fault) {
	field := c.next()
	if field.Quoted {
		return param{}, c.wrong(field.Text, "has quotes around key and value: put them around the value only")
	}
	name, text, hasValue := strings.Cut(field.Text, "=")
	key, bare, ok := keyNamed(name)
	if !ok {
		return param{}, c.wrong(name, "is a key that is not known: write keyNNNNN with its number, and the octets of its value")
	}
	if strings.HasPrefix(text, `"`) {
		text = text[1 : len(text)-1]
	}
	text = unescapeAll(text)
	if bare {
		return param{key, []byte(text)}, nil
	}
	value, ok := serviceKeys[key].compose(text)
	if !ok || !hasValue && len(value) > 0 || len(value) > 1<<16-1 {
		return param{}, c.wrong(field.Text, "has no value that "+name+" can have")
	}
	return param{key, value}, nil
}

// mostShown is the last of the keys that BIND 9.18, Knot 3.2 and NSD 4.6 all know by name (RFC 9460, 14.3.2).
const mostShown = 6

// param shows a parameter, in a form that every server reads.
func (v *viewer) param(p param) {
	text := string(p.value)
	if p.key > mostShown {
		v.word("key" + strconv.Itoa(int(p.key)))
	} else {
		v.word(keyName(p.key))
	}
	if known, ok := serviceKeys[p.key]; ok && p.key <= mostShown {
		if text, ok = known.show(p.value); !ok {
			return // checkParams says so
		}
	}
	if text != "" {
		v.out = append(AppendString(append(v.out, '=', '"'), text), '"')
	}
}

// checkParams refuses parameters, in order, that make a client ignore the record (RFC 9460, 2.2, 7.1.1 and 8).
func checkParams(t uint16, all []param) *fault {
	keys := make(map[uint16]bool)
	for _, p := range all {
		if keys[p.key] {
			return refused(t, "the key "+keyName(p.key)+" is there twice")
		}
		keys[p.key] = true
		switch known, ok := serviceKeys[p.key]; {
		case p.key == keyReserved:
			return refused(t, "key65535 is reserved")
		case p.key == keyMandatory && len(p.value) == 0:
			return &fault{"has an empty list of mandatory keys", "name the keys or remove mandatory"}
		case p.key == keyALPN && hasEmpty(p.value):
			return &fault{"has an empty protocol in alpn", "name the protocols, as in alpn=h2,h3"}
		case ok:
			if _, right := known.show(p.value); !right {
				return refused(t, "the value of "+known.name+" is none that it can have")
			}
		}
	}
	if keys[keyNoDefaultALPN] && !keys[keyALPN] {
		return &fault{"has no-default-alpn without alpn", "add alpn or remove no-default-alpn"}
	}
	if len(all) == 0 || all[0].key != keyMandatory {
		return nil
	}
	last := uint16(keyMandatory)
	for listed := all[0].value; len(listed) > 0; listed = listed[2:] {
		key := binary.BigEndian.Uint16(listed)
		if !keys[key] || key <= last {
			return &fault{"lists keys in mandatory that are not in the record, or are there twice", "list each of them once"}
		}
		last = key
	}
	return nil
}

// hasEmpty reports whether a list of character-strings is empty, or one of them is.
func hasEmpty(list []byte) bool {
	for rest := list; len(rest) > 0; rest = rest[min(len(rest), 1+int(rest[0])):] {
		if rest[0] == 0 {
			return true
		}
	}
	return len(list) == 0
}

func composeKeys(text string) ([]byte, bool) {
	var keys []uint16
	for _, name := range strings.Split(text, ",") {
		key, _, ok := keyNamed(name)
		if !ok {
			return nil, text == ""
		}
		keys = append(keys, key)
	}
	slices.Sort(keys)
	var value []byte
	for _, key := range keys {
		value = binary.BigEndian.AppendUint16(value, key)
	}
	return value, true
}

func showKeys(value []byte) (string, bool) {
	var names []string
	for ; len(value) > 1; value = value[2:] {
		names = append(names, keyName(binary.BigEndian.Uint16(value)))
	}
	return strings.Join(names, ","), len(value) == 0
}

// composeList reads a list in which a backslash takes its meaning from a comma (RFC 9460, A.1).
func composeList(text string) ([]byte, bool) {
	var value, item []byte
	for i := 0; i <= len(text); i++ {
		switch {
		case i == len(text) || text[i] == ',':
			if len(item) > maxString {
				return nil, false
			}
			value = append(append(value, byte(len(item))), item...)
			item = item[:0]
		case text[i] == '\\' && i+1 < len(text) && (text[i+1] == ',' || text[i+1] == '\\'):
			i++
			item = append(item, text[i])
		case text[i] == '\\':
			return nil, false
		default:
			item = append(item, text[i])
		}
	}
	return value, true
}

var escapeItem = strings.NewReplacer(`\`, `\\`, `,`, `\,`)

func showList(value []byte) (string, bool) {
	var items []string
	for len(value) > 0 {
		n := 1 + int(value[0])
		if n == 1 || n > len(value) {
			return "", false
		}
		items = append(items, escapeItem.Replace(string(value[1:n])))
		value = value[n:]
	}
	return strings.Join(items, ","), len(items) > 0
}

func composeNothing(text string) ([]byte, bool) { return nil, text == "" }
func showNothing(value []byte) (string, bool)   { return "", len(value) == 0 }

// composeNumbers reads from least to most numbers of 16 bits with commas between them.
func composeNumbers(least, most int) func(string) ([]byte, bool) {
	return func(text string) ([]byte, bool) {
		var value []byte
		for _, word := range strings.Split(text, ",") {
			n, err := strconv.ParseUint(word, 10, 16)
			if err != nil {
				return nil, false
			}
			value = binary.BigEndian.AppendUint16(value, uint16(n))
		}
		return value, least <= len(value)/2 && len(value)/2 <= most
	}
}

func showNumbers(least, most int) func([]byte) (string, bool) {
	return func(value []byte) (string, bool) {
		var words []string
		for ; len(value) > 1; value = value[2:] {
			words = append(words, strconv.Itoa(int(binary.BigEndian.Uint16(value))))
		}
		return strings.Join(words, ","), len(value) == 0 && least <= len(words) && len(words) <= most
	}
}

// composeHints reads addresses of so many octets with commas between them.
func composeHints(octets int) func(string) ([]byte, bool) {
	return func(text string) ([]byte, bool) {
		var value []byte
		for _, word := range strings.Split(text, ",") {
			addr, f := parseAddress(word, octets)
			if f != nil {
				return nil, false
			}
			value = append(value, addr.AsSlice()...)
		}
		return value, true
	}
}

func showHints(octets int) func([]byte) (string, bool) {
	return func(value []byte) (string, bool) {
		var words []string
		for ; len(value) >= octets; value = value[octets:] {
			words = append(words, addressOf(value[:octets]).String())
		}
		return strings.Join(words, ","), len(value) == 0 && len(words) > 0
	}
}

func composeECH(text string) ([]byte, bool) {
	value, err := base64.StdEncoding.DecodeString(text)
	return value, err == nil && len(value) > 0
}

func showECH(value []byte) (string, bool) {
	return base64.StdEncoding.EncodeToString(value), len(value) > 0
}

func composeOctets(text string) ([]byte, bool) { return []byte(text), text != "" }
func showOctets(value []byte) (string, bool)   { return string(value), len(value) > 0 }
