package textforms

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Record is a record in a random form.
type Record struct {
	Owner string // relative
	Type  string
	Text  string // RDATA
	Knot  bool   // Knot has a text form for the type
}

// generator makes random presentation forms. All that it makes, BIND reads.
type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }
func (g generator) chance(n int) bool       { return g.IntN(n) == 0 }

// number is a random number of so many bits, small ones more often.
func (g generator) number(bits int) string {
	n := g.Uint64N(1 << bits)
	if g.chance(2) {
		n %= 300
	}
	if bits < 64 {
		n %= 1 << bits
	}
	text := strconv.FormatUint(n, 10)
	if g.chance(6) {
		text = "00" + text
	}
	return text
}

func (g generator) octets(least, most int) []byte {
	b := make([]byte, least+g.IntN(most-least+1))
	for i := range b {
		b[i] = byte(g.Uint32())
	}
	return b
}

// spread puts a blank into a word, where a type takes several as one: behind a number of whole units, as Knot wants it.
func (g generator) spread(word string, unit int) string {
	if len(word) <= unit || g.chance(2) {
		return word
	}
	at := unit * (1 + g.IntN((len(word)-1)/unit))
	return word[:at] + " " + word[at:]
}

func (g generator) hex(least, most int) string { return g.spread(g.plainHex(least, most), 2) }

func (g generator) plainHex(least, most int) string {
	word := hex.EncodeToString(g.octets(least, most))
	if g.chance(2) {
		word = strings.ToUpper(word)
	}
	return word
}

func (g generator) base64(least, most int) string {
	return g.spread(base64.StdEncoding.EncodeToString(g.octets(least, most)), 4)
}

// name is a name, relative or absolute.
func (g generator) name() string {
	switch g.IntN(8) {
	case 0:
		return "@"
	case 1:
		return "."
	}
	labels := make([]string, 1+g.IntN(3))
	for i := range labels {
		var label strings.Builder
		for range 1 + g.IntN(5) {
			label.WriteString(g.one("a", "B", "c", "0", "-", "_", `\.`, `\032`, `\065`, `\\`, `\@`, `\"`, `\;`, `\(`, `\255`, `\000`, "Z", `\$`, "*"))
		}
		labels[i] = label.String()
	}
	name := strings.Join(labels, ".")
	if name[0] == '*' || name[0] == '$' {
		name = "x" + name
	}
	if g.chance(2) {
		name += "."
	}
	return name
}

// text is a character-string, quoted or not.
func (g generator) text(least, most int) string { return g.textIn(g.chance(2), least, most) }

func (g generator) textIn(quoted bool, least, most int) string {
	n := least + g.IntN(most-least+1)
	var b strings.Builder
	for range n {
		c := byte(g.Uint32())
		if g.chance(2) {
			c = "abcXYZ019 \";\\()@$.,=/"[g.IntN(21)]
		}
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		switch {
		case g.chance(8) || c < ' ' || c > '~' || c == '#' && b.Len() == 0: // Knot takes \#x for the mark of RFC 3597
			fmt.Fprintf(&b, `\%03d`, c)
		case plain:
			b.WriteByte(c)
		case quoted && c != '"' && c != '\\':
			b.WriteByte(c)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	if quoted || n == 0 {
		return `"` + b.String() + `"`
	}
	return b.String()
}

func (g generator) texts() string {
	all := make([]string, 1+g.IntN(3))
	for i := range all {
		all[i] = g.text(0, 30)
	}
	return strings.Join(all, " ")
}

func (g generator) ipv4() string {
	return fmt.Sprintf("%d.%d.%d.%d", g.IntN(256), g.IntN(256), g.IntN(256), g.IntN(256))
}

func (g generator) ipv6() string {
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = strconv.FormatInt(int64(g.IntN(1<<16)), 16)
	}
	switch g.IntN(4) {
	case 0:
		return "::" + groups[0]
	case 1:
		return strings.ToUpper(groups[0]) + "::" + groups[1]
	case 2:
		return "::ffff:" + g.ipv4()
	}
	return strings.Join(groups, ":")
}

func (g generator) time() string {
	return fmt.Sprintf("20%02d%02d%02d%02d%02d%02d", 10+g.IntN(60), 1+g.IntN(12), 1+g.IntN(28), g.IntN(24), g.IntN(60), g.IntN(60))
}

func (g generator) types(below int) string {
	words := make([]string, 1+g.IntN(6))
	for i := range words {
		words[i] = g.one("A", "MX", "TXT", "AAAA", "NS", "SRV", "LOC", "NAPTR", "TYPE99", "TYPE1")
		if below > 127 && g.chance(2) {
			words[i] = g.one("CAA", "TYPE257", "TYPE65280", "URI", "TYPE1234", "RRSIG", "NSEC")
		}
	}
	return strings.Join(words, " ")
}

func (g generator) algorithm() string {
	return g.one("13", "8", "RSASHA256", "ECDSAP256SHA256", "ed25519", "15", "RSASHA1", "200")
}

func (g generator) digest() string {
	switch g.IntN(3) {
	case 0:
		return "1 " + g.hex(20, 20)
	case 1:
		return g.one("2", "SHA-256") + " " + g.hex(32, 32)
	}
	return "4 " + g.hex(48, 48)
}

func (g generator) place() string {
	arc := func(most int, halves ...string) string {
		text := strconv.Itoa(g.IntN(most))
		if g.chance(2) {
			text += " " + strconv.Itoa(g.IntN(60))
			if g.chance(2) {
				text += " " + strconv.Itoa(g.IntN(60))
				if g.chance(2) {
					text += fmt.Sprintf(".%0*d", 1+g.IntN(3), g.IntN(10))
				}
			}
		}
		return text + " " + g.one(halves...)
	}
	text := arc(90, "N", "S") + " " + arc(180, "E", "W") + " " + g.one("-", "") + strconv.Itoa(g.IntN(100000)) + g.one("", "m", ".5m", ".25")
	for range g.IntN(4) {
		text += " " + g.one("0", "1", "2m", "30m", "400", "10000m", "0.05m", "90000000m")
	}
	return text
}

func (g generator) prefixes() string {
	all := make([]string, g.IntN(4))
	for i := range all {
		if g.chance(2) {
			all[i] = g.one("", "!") + "1:" + g.ipv4() + "/" + strconv.Itoa(g.IntN(33))
		} else {
			all[i] = g.one("", "!") + "2:" + g.one("2001:db8::", "::", "fe80::1", "2001:db8:1:2:3:4:5:6") + "/" + strconv.Itoa(g.IntN(129))
		}
	}
	return strings.Join(all, " ")
}

// params are parameters of SVCB that go together.
func (g generator) params() string {
	octets := func(b ...byte) string {
		var text strings.Builder
		for _, c := range b {
			fmt.Fprintf(&text, `\%03d`, c)
		}
		return text.String()
	}
	all := []string{g.one(`alpn=h2`, `alpn="h2,h3"`, `alpn="a\\,b,c\\\\d"`, `key1=\002h2`, `key1="\002h2\002h3"`, `alpn=h2,\104\051`)}
	if g.chance(2) {
		all = append(all, g.one("no-default-alpn", "key2"))
	}
	if g.chance(2) {
		all = append(all, g.one("port=8443", `port="53"`, "key3="+octets(1, byte(g.Uint32()))))
	}
	if g.chance(2) {
		all = append(all, g.one("ipv4hint="+g.ipv4(), `ipv4hint="192.0.2.1,192.0.2.2"`, "key4="+octets(192, 0, 2, 1)))
	}
	if g.chance(2) {
		all = append(all, g.one("ech=AEX+DQ==", `ech="AEX+DQ=="`, "key5="+octets(0, 5, 1)))
	}
	if g.chance(2) {
		all = append(all, g.one("ipv6hint=2001:db8::1", `ipv6hint="::1,2001:db8::2"`))
	}
	if g.chance(2) {
		all = append(all, g.one(`key7="/dns-query{?dns}"`, "key7=/q{?dns}"))
	}
	if g.chance(2) {
		all = append(all, "key"+strconv.Itoa(20000+g.IntN(30000))+g.one("", "=x", `="a b\"c"`, "="+octets(0, 255, 92)))
	}
	if g.chance(3) {
		all = append(all, g.one("mandatory=alpn", `mandatory="alpn"`, "key0="+octets(0, 1)))
	}
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return strings.Join(all, " ")
}

// hash is a SHA-1 in Base32: BIND takes no other.
func (g generator) hash() string {
	word := base32.HexEncoding.EncodeToString(g.octets(20, 20))
	if g.chance(2) {
		word = strings.ToLower(word)
	}
	return word
}

func (g generator) key() string {
	return g.number(16) + " 3 " + g.algorithm() + " " + g.base64(40, 60)
}

// signature has as many labels as its signer's name or more, as a name that is signed by its zone must (RFC 4034, 3.1.7). BIND refuses it else.
func (g generator) signature() string {
	labels, signer := strconv.Itoa(127+g.IntN(129)), g.name() // no name has more than 127
	if g.IntN(4) == 0 {
		labels, signer = g.number(8), "."
	}
	return g.one("A", "TYPE65280", "MX", "TYPE1") + " " + g.algorithm() + " " + labels + " " + strconv.Itoa(g.IntN(100000)) + " " + g.time() + " " + g.time() + " " +
		g.number(16) + " " + signer + " " + g.base64(40, 60)
}

// locator is four groups of hexadecimal digits.
func (g generator) locator() string {
	return fmt.Sprintf(g.one("%x:%x:%x:%x", "%04x:%04X:%04x:%04x"), g.IntN(1<<16), g.IntN(1<<16), g.IntN(1<<16), g.IntN(1<<16))
}

// kind is a type and how its text forms are made.
type kind struct {
	name string
	knot bool // Knot 3.2 reads it
	text func(generator) string
}

// kinds are all types that BIND 9.18 reads in a form of their own, but SOA, which a zone has just one of.
var kinds = []kind{
	{"A", true, generator.ipv4},
	{"AAAA", true, generator.ipv6},
	{"NS", true, generator.name},
	{"CNAME", true, generator.name},
	{"MB", false, generator.name},
	{"MG", false, generator.name},
	{"MR", false, generator.name},
	{"PTR", true, generator.name},
	{"NSAP-PTR", false, generator.name},
	{"DNAME", true, generator.name},
	{"WKS", false, func(g generator) string {
		return g.ipv4() + " " + g.one("6", "tcp", "17", "UDP", "TCP smtp 8") + g.one("", " 25", " 53 80 1000", " domain 8")
	}},
	{"HINFO", true, func(g generator) string { return g.text(0, 20) + " " + g.text(0, 20) }},
	{"MINFO", true, func(g generator) string { return g.name() + " " + g.name() }},
	{"RP", true, func(g generator) string { return g.name() + " " + g.name() }},
	{"TALINK", false, func(g generator) string { return g.name() + " " + g.name() }},
	{"PX", false, func(g generator) string { return g.number(16) + " " + g.name() + " " + g.name() }},
	{"MX", true, func(g generator) string { return g.number(16) + " " + g.name() }},
	{"AFSDB", true, func(g generator) string { return g.number(16) + " " + g.name() }},
	{"RT", true, func(g generator) string { return g.number(16) + " " + g.name() }},
	{"KX", true, func(g generator) string { return g.number(16) + " " + g.name() }},
	{"LP", true, func(g generator) string { return g.number(16) + " " + g.name() }},
	{"SRV", true, func(g generator) string {
		return g.number(16) + " " + g.number(16) + " " + g.number(16) + " " + g.name()
	}},
	{"TXT", true, generator.texts},
	{"SPF", true, generator.texts},
	{"AVC", false, generator.texts},
	{"NINFO", false, generator.texts},
	{"RESINFO", false, generator.texts},
	{"WALLET", false, generator.texts},
	{"X25", false, func(g generator) string { return g.one(`"311061700956"`, "31106170095") }},
	{"ISDN", false, func(g generator) string { return g.text(1, 20) + g.one("", " "+g.text(0, 10)) }},
	{"GPOS", false, func(g generator) string {
		return g.one(`-32.6882 116.8652 10.0`, `"-32.6882" "+116.8652" "10"`, "1 2 3")
	}},
	{"NSAP", false, func(g generator) string { return g.one("0x", "0X") + g.plainHex(1, 20) }},
	{"ATMA", false, func(g generator) string {
		return g.one("+12345", "+390.123", "39.246f000e7c9c031200010001000012345678.00")
	}},
	{"EID", false, func(g generator) string { return g.hex(1, 20) }},
	{"NIMLOC", false, func(g generator) string { return g.hex(1, 20) }},
	{"A6", false, func(g generator) string {
		return g.one("0 "+g.ipv6(), "64 ::1 "+g.name(), "128 "+g.name(), "60 ::8:1:2:3:4 "+g.name())
	}},
	{"SINK", false, func(g generator) string {
		return g.number(8) + " " + g.number(8) + " " + g.number(8) + " " + g.base64(1, 30)
	}},
	{"DOA", false, func(g generator) string {
		return g.number(32) + " " + g.number(32) + " " + g.number(8) + " " + g.text(0, 20) + " " + g.one("-", g.base64(1, 30))
	}},
	{"LOC", true, generator.place},
	{"NAPTR", true, func(g generator) string {
		return g.number(16) + " " + g.number(16) + " " + g.one("S", `"u"`, `""`, "A") + " " + g.one("SIP+D2U", `"E2U+sip"`, `""`) + " " +
			g.one(`""`, `"!^.*$!sip:x@example.com!"`, "!^.*$!x!", `"!^(\\d+)$!\\1!"`) + " " + g.name()
	}},
	{"CERT", true, func(g generator) string {
		return g.one("PKIX", "3", "SPKI", "254", "65000") + " " + g.number(16) + " " + g.algorithm() + " " + g.base64(1, 40)
	}},
	{"APL", true, generator.prefixes},
	{"DS", true, func(g generator) string { return g.number(16) + " " + g.algorithm() + " " + g.digest() }},
	{"CDS", true, func(g generator) string { return g.number(16) + " " + g.algorithm() + " " + g.digest() }},
	{"TA", false, func(g generator) string { return g.number(16) + " " + g.algorithm() + " " + g.digest() }},
	{"DLV", false, func(g generator) string { return g.number(16) + " " + g.algorithm() + " " + g.digest() }},
	{"SSHFP", true, func(g generator) string { return g.number(8) + " " + g.one("1 "+g.hex(20, 20), "2 "+g.hex(32, 32)) }},
	{"TLSA", true, func(g generator) string {
		return g.number(8) + " " + g.number(8) + " " + g.number(8) + " " + g.hex(1, 40)
	}},
	{"SMIMEA", true, func(g generator) string {
		return g.number(8) + " " + g.number(8) + " " + g.number(8) + " " + g.hex(1, 40)
	}},
	{"ZONEMD", true, func(g generator) string { return g.number(32) + " 1 " + g.one("1 "+g.hex(48, 48), "2 "+g.hex(64, 64)) }},
	{"IPSECKEY", true, func(g generator) string {
		return g.number(8) + " " + g.one("0 2 .", "1 2 "+g.ipv4(), "2 1 "+g.ipv6(), "3 2 "+g.name()) + " " + g.base64(1, 40)
	}},
	{"AMTRELAY", false, func(g generator) string {
		return g.number(8) + " " + g.one("0", "1") + " " + g.one("0 .", "1 "+g.ipv4(), "2 "+g.ipv6(), "3 "+g.name())
	}},
	{"HIP", false, func(g generator) string {
		return g.number(8) + " " + g.plainHex(1, 20) + " " + base64.StdEncoding.EncodeToString(g.octets(1, 30)) + g.one("", " "+g.name(), " "+g.name()+" "+g.name())
	}},
	{"RRSIG", true, generator.signature},
	{"SIG", false, generator.signature},
	{"NSEC", true, func(g generator) string { return g.name() + " " + g.types(65535) }},
	{"NXT", false, func(g generator) string { return g.name() + " " + g.types(127) }},
	{"NSEC3", true, func(g generator) string {
		return g.number(8) + " " + g.number(8) + " " + strconv.Itoa(g.IntN(100)) + " " + g.one("-", g.plainHex(1, 20)) + " " + g.hash() + " " + g.types(65535)
	}},
	{"NSEC3PARAM", true, func(g generator) string {
		return g.number(8) + " " + g.number(8) + " " + strconv.Itoa(g.IntN(100)) + " " + g.one("-", g.plainHex(1, 20))
	}},
	{"DNSKEY", true, generator.key},
	{"CDNSKEY", true, generator.key},
	{"KEY", false, func(g generator) string {
		return g.one("NOAUTH|ZONE", "0x0100", "HOST", "512", "USER|SIG3") + " " + g.one("3", "DNSSEC", "EMAIL") + " " + g.algorithm() + " " + g.base64(40, 60)
	}},
	{"RKEY", false, func(g generator) string { return "0 " + g.number(8) + " " + g.algorithm() + " " + g.base64(1, 40) }},
	{"DHCID", true, func(g generator) string { return g.base64(1, 40) }},
	{"OPENPGPKEY", true, func(g generator) string { return g.base64(1, 40) }},
	{"HHIT", false, func(g generator) string { return g.base64(1, 40) }},
	{"BRID", false, func(g generator) string { return g.base64(1, 40) }},
	{"CSYNC", true, func(g generator) string { return g.number(32) + " " + g.number(16) + " " + g.types(65535) }},
	{"DSYNC", false, func(g generator) string {
		return g.one("CDS", "CSYNC", "TYPE65280") + " " + g.one("NOTIFY", "1", "200") + " " + g.number(16) + " " + g.name()
	}},
	{"SVCB", true, func(g generator) string { return g.one("1", "16", "65535") + " " + g.name() + " " + g.params() }},
	{"HTTPS", true, func(g generator) string { return g.one("1 "+g.name()+" "+g.params(), "0 "+g.name()) }},
	{"NID", true, func(g generator) string { return g.number(16) + " " + g.locator() }},
	{"L64", true, func(g generator) string { return g.number(16) + " " + g.locator() }},
	{"L32", true, func(g generator) string { return g.number(16) + " " + g.ipv4() }},
	{"EUI48", true, func(g generator) string { return dashed(g.plainHex(6, 6)) }},
	{"EUI64", true, func(g generator) string { return dashed(g.plainHex(8, 8)) }},
	{"URI", true, func(g generator) string { return g.number(16) + " " + g.number(16) + " " + g.textIn(true, 0, 60) }}, // BIND wants quotes
	{"CAA", true, func(g generator) string {
		return g.number(8) + " " + g.one("issue", "iodef", "Tbs1") + " " + g.text(0, 60)
	}},
	{"TYPE65280", true, func(g generator) string {
		b := g.octets(1, 40)
		return fmt.Sprintf(`\# %d %s`, len(b), g.spread(hex.EncodeToString(b), 2))
	}},
}

func dashed(digits string) string {
	var pairs []string
	for i := 0; i < len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, "-")
}

// knotReads are the forms that only BIND reads, of types that Knot reads as well.
func knotReads(rrtype, text string) bool {
	switch rrtype {
	case "DS", "CDS": // Knot knows digests by their numbers only
		return !strings.Contains(text, "SHA-")
	case "NID", "L64": // Knot wants all digits of a group
		for _, group := range strings.Split(strings.Fields(text)[1], ":") {
			if len(group) != 4 {
				return false
			}
		}
	}
	return true
}

// Records makes n records of each type.
func Records(seed uint64, n int) []Record {
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	var all []Record
	for i := range n {
		for _, k := range kinds {
			text := k.text(g)
			owner := fmt.Sprintf("r%d-%s", i, strings.ToLower(k.name))
			if k.name == "NSEC3" {
				owner = strings.ToLower(g.hash()) // which dig looks at
			}
			all = append(all, Record{Owner: owner, Type: k.name, Text: text, Knot: k.knot && knotReads(k.name, text)})
		}
	}
	return all
}

// Line writes a record as a line, or several, of a master file.
func (g generator) Line(r Record) string {
	class := g.one("IN ", "", "in ", "IN\t")
	head := r.Owner + " " + g.one(class, "300 "+class, "5m "+class) + g.one(r.Type, strings.ToLower(r.Type)) + " "
	switch {
	case r.Text == "" || g.chance(2):
		return head + r.Text + g.one("", " ; note \"", "\t") + "\n"
	case g.chance(2):
		return head + "( " + r.Text + " )\n"
	}
	return head + "( ; (\n  " + r.Text + "\n) ; )\n"
}
