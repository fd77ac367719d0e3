package record

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// The parser of miekg/dns is lenient: it passes over some mistakes, and what it makes of them would be served. Here
// they are refused.

// checkSpelling refuses fields, in number as many as the type has, that the parser would take for something else.
func checkSpelling(t uint16, fields []field) *fault {
	ok := true
	switch t {
	case dns.TypeNID, dns.TypeL64: // it looks at one colon of three, and not behind the last digit
		ok = isNodeID(fields[1].text)
	case dns.TypeL32: // it takes an IPv6 address
		addr, err := netip.ParseAddr(fields[1].text)
		ok = err == nil && addr.Is4()
	case dns.TypeIPSECKEY: // it passes over the gateway of an unknown type
		ok = isOneOf(fields[1].text, "0", "1", "2", "3")
	case dns.TypeAMTRELAY: // it drops the relay where the discovery bit is set
		if fields[1].text == "1" && fields[2].text != "0" {
			return &fault{"sets the discovery bit and names a relay, which the DNS library cannot encode",
				"write 0 for the bit"}
		}
		ok = isOneOf(fields[2].text, "0", "1", "2", "3")
	case dns.TypeSOA: // a time with a unit may overflow, and may lack the number
		for _, f := range fields[3:] {
			ok = ok && len(f.text) <= 12 && isDigits(f.text[:1])
		}
	case dns.TypeLOC:
		ok = isLocation(fields)
	case dns.TypeNSEC, dns.TypeNXT:
		ok = areTypes(fields[1:])
	case dns.TypeCSYNC:
		ok = areTypes(fields[2:])
	case dns.TypeNSEC3: // it says 20 octets, however long the hash is, and cuts the length of the salt
		ok = len(fields[3].text) <= 2*maxString && len(fields[4].text) == 32 && areTypes(fields[5:])
	case dns.TypeNSEC3PARAM:
		ok = len(fields[3].text) <= 2*maxString
	case dns.TypeCAA, dns.TypeURI: // the octets of their last field, once unpacked, would be read as escapes
		if strings.Contains(unescapeAll(fields[2].inner()), `\`) {
			return &fault{"holds a backslash as data, which the DNS library cannot keep in type " + dns.Type(t).String(),
				"remove the backslash"}
		}
	case dns.TypeHINFO, dns.TypeISDN, dns.TypeNAPTR, dns.TypeUINFO, dns.TypeX25:
		for _, f := range fields {
			if len(unescapeAll(f.inner())) > maxString {
				return &fault{"has a field of more than 255 octets", "shorten it"}
			}
		}
	case dns.TypeHIP: // it cuts the length
		ok = len(fields[1].text) <= maxString
	}
	if !ok {
		return refused(t, "")
	}
	return nil
}

// isNodeID reports whether s is four groups of four hexadecimal digits (RFC 6742, 2.1.1).
func isNodeID(s string) bool {
	groups := strings.Split(s, ":")
	for _, g := range groups {
		if len(g) != 4 || !isHex(g) {
			return false
		}
	}
	return len(groups) == 4
}

// isLocation reports whether all numbers of a LOC record are decimal ones (the parser takes NaN and 0x1p3 too), and
// whether the altitude is within bounds (RFC 1876, 2), which the parser leaves to chance.
func isLocation(fields []field) bool {
	altitude := -1
	for i, f := range fields {
		switch strings.ToUpper(f.text) {
		case "N", "S":
			continue
		case "E", "W":
			altitude = i + 1
			continue
		}
		word := strings.TrimRight(f.text, "mM")
		if !isDecimal(word) {
			return false
		}
		if i == altitude {
			m, err := strconv.ParseFloat(word, 64)
			if err != nil || m < -100000 || m > 42849672.95 {
				return false
			}
		}
	}
	return true
}

// isDecimal reports whether s is a decimal number, with sign and fraction or without.
func isDecimal(s string) bool {
	whole, fraction, dotted := strings.Cut(strings.TrimLeft(s, "+-"), ".")
	return len(s) <= 20 && whole+fraction != "" &&
		(isDigits(whole) || whole == "" && dotted) && (isDigits(fraction) || fraction == "")
}

// isOneOf reports whether s is one of words.
func isOneOf(s string, words ...string) bool { return slices.Contains(words, s) }

// areTypes reports whether all fields are mnemonics or TYPEnnn.
func areTypes(fields []field) bool {
	for _, f := range fields {
		word := strings.ToUpper(f.text)
		if _, ok := dns.StringToType[word]; ok {
			continue
		}
		if digits, ok := strings.CutPrefix(word, "TYPE"); !ok || !isDigits(digits) {
			return false
		}
	}
	return true
}

// mend puts right what the parser got wrong about RDATA that is right.
func mend(rr dns.RR) {
	switch rr := rr.(type) {
	case *dns.NSEC:
		slices.Sort(rr.TypeBitMap) // a zone file may list types in any order
	case *dns.NXT:
		slices.Sort(rr.TypeBitMap)
	case *dns.CSYNC:
		slices.Sort(rr.TypeBitMap)
	case *dns.NSEC3:
		slices.Sort(rr.TypeBitMap)
		rr.SaltLength = uint8(len(rr.Salt) / 2)
	case *dns.SVCB:
		sortPairs(rr)
	case *dns.HTTPS:
		sortPairs(&rr.SVCB)
	}
}

// sortPairs puts the parameters into the order that they are sent in.
func sortPairs(rr *dns.SVCB) {
	slices.SortStableFunc(rr.Value, func(a, b dns.SVCBKeyValue) int { return int(a.Key()) - int(b.Key()) })
	for _, pair := range rr.Value {
		if mandatory, ok := pair.(*dns.SVCBMandatory); ok {
			slices.Sort(mandatory.Code)
		}
	}
}

// checkMeaning refuses a record whose fields are well formed but make no sense.
func checkMeaning(rr dns.RR) *fault {
	for _, t := range typesIn(rr) {
		if t == 0 || t == 65535 {
			return refused(rr.Header().Rrtype, "reserved type "+strconv.Itoa(int(t)))
		}
	}
	switch rr := rr.(type) {
	case *dns.SVCB:
		return checkPairs(rr)
	case *dns.HTTPS:
		return checkPairs(&rr.SVCB)
	case *dns.CAA:
		for i := 0; i < len(rr.Tag); i++ {
			if c := rr.Tag[i] | 0x20; (c < '0' || c > '9') && (c < 'a' || c > 'z') {
				return &fault{"has a tag of other than letters and digits", adviceFor(dns.TypeCAA)} // RFC 8659, 4.1
			}
		}
	case *dns.GPOS:
		if !isDecimal(rr.Longitude) || !isDecimal(rr.Latitude) || !isDecimal(rr.Altitude) {
			return refused(dns.TypeGPOS, "") // RFC 1712, 3
		}
	case *dns.IPSECKEY:
		if rr.GatewayType > dns.IPSECGatewayHost {
			return refused(dns.TypeIPSECKEY, "unknown type of gateway")
		}
	case *dns.AMTRELAY:
		if rr.GatewayType&0x7f > dns.AMTRELAYHost {
			return refused(dns.TypeAMTRELAY, "unknown type of relay")
		}
	case *dns.NSEC3PARAM:
		if 2*int(rr.SaltLength) != len(rr.Salt) {
			return refused(dns.TypeNSEC3PARAM, "breaks off early")
		}
	case *dns.X25:
		if !isDigits(rr.PSDNAddress) {
			return refused(dns.TypeX25, "") // RFC 1183, 3.1
		}
	case *dns.LOC:
		return checkLocation(rr)
	}
	return nil
}

// checkLocation refuses a place that is not on earth (RFC 1876, 2).
func checkLocation(rr *dns.LOC) *fault {
	const degree = 60 * 60 * 1000
	latitude, longitude := int64(rr.Latitude)-dns.LOC_EQUATOR, int64(rr.Longitude)-dns.LOC_PRIMEMERIDIAN
	switch {
	case rr.Version != 0:
		return refused(dns.TypeLOC, "the version is not 0")
	case max(latitude, -latitude) > 90*degree || max(longitude, -longitude) > 180*degree:
		return refused(dns.TypeLOC, "more than 90 degrees of latitude or 180 of longitude")
	}
	for _, power := range []uint8{rr.Size, rr.HorizPre, rr.VertPre} {
		if power>>4 > 9 || power&15 > 9 {
			return refused(dns.TypeLOC, "a size or precision that is not a digit and a power of ten")
		}
	}
	return nil
}

// typesIn returns the types that the RDATA speaks of.
func typesIn(rr dns.RR) []uint16 {
	switch rr := rr.(type) {
	case *dns.NSEC:
		return rr.TypeBitMap
	case *dns.NXT:
		return rr.TypeBitMap
	case *dns.NSEC3:
		return rr.TypeBitMap
	case *dns.CSYNC:
		return rr.TypeBitMap
	case *dns.RRSIG:
		return []uint16{rr.TypeCovered}
	case *dns.SIG:
		return []uint16{rr.TypeCovered}
	}
	return nil
}

// checkPairs refuses parameters that make a client ignore the record (RFC 9460, 7.1.1 and 8).
func checkPairs(rr *dns.SVCB) *fault {
	keys := make(map[dns.SVCBKey]bool)
	var mandatory []dns.SVCBKey
	for _, pair := range rr.Value {
		keys[pair.Key()] = true
		switch pair := pair.(type) {
		case *dns.SVCBMandatory:
			mandatory = pair.Code
			if len(mandatory) == 0 {
				return &fault{"has an empty list of mandatory keys", "name the keys or remove mandatory"}
			}
		case *dns.SVCBAlpn:
			if len(pair.Alpn) == 0 || slices.Contains(pair.Alpn, "") {
				return &fault{"has an empty protocol in alpn", "name the protocols, as in alpn=h2,h3"}
			}
		}
	}
	if keys[dns.SVCB_NO_DEFAULT_ALPN] && !keys[dns.SVCB_ALPN] {
		return &fault{"has no-default-alpn without alpn", "add alpn or remove no-default-alpn"}
	}
	for i, key := range mandatory {
		if key == dns.SVCB_MANDATORY || !keys[key] || i > 0 && key <= mandatory[i-1] {
			return &fault{"lists keys in mandatory that are not in the record, or are there twice", "list each of them once"}
		}
	}
	return nil
}
