package record

import (
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Types of IANA's registry that miekg/dns does not know.
const (
	typeWKS    = 11
	typeNSAP   = 22
	typeA6     = 38
	typeSINK   = 40
	typeDSYNC  = 66
	typeHHIT   = 67
	typeBRID   = 68
	typeDOA    = 259
	typeWALLET = 262
	typeCLA    = 263
	typeIPN    = 264
)

// moreTypes are their mnemonics, that of ALIAS, and more of those that miekg/dns knows.
var moreTypes = map[string]uint16{
	"WKS": typeWKS, "NSAP": typeNSAP, "A6": typeA6, "SINK": typeSINK, "DSYNC": typeDSYNC, "HHIT": typeHHIT, "BRID": typeBRID, "DOA": typeDOA,
	"WALLET": typeWALLET, "CLA": typeCLA, "IPN": typeIPN, "ALIAS": wire.TypeALIAS, "*": dns.TypeANY,
}

// mnemonics are the names of moreTypes.
var mnemonics = func() map[uint16]string {
	names := make(map[uint16]string, len(moreTypes))
	for name, t := range moreTypes {
		if dns.TypeToString[t] == "" {
			names[t] = name
		}
	}
	return names
}()

// TypeName is the mnemonic of a type, or TYPEnnn.
func TypeName(t uint16) string {
	if name, ok := mnemonics[t]; ok {
		return name
	}
	return dns.Type(t).String()
}

// typeNamed is the type that a mnemonic in upper case means.
func typeNamed(word string) (uint16, bool) {
	if t, ok := dns.StringToType[word]; ok {
		return t, true
	}
	t, ok := moreTypes[word]
	return t, ok
}

// typeInData is the type that a word of RDATA means: a mnemonic in any case, or TYPEnnn.
func typeInData(word string) (uint16, bool) {
	word = strings.ToUpper(word)
	if t, ok := typeNamed(word); ok {
		return t, true
	}
	digits, ok := strings.CutPrefix(word, "TYPE")
	if !ok || !isDigits(digits) {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return uint16(n), err == nil
}

// likeALIAS are types of other servers that no record has: what each is, and what to do.
var likeALIAS = map[string]*fault{
	"ANAME":  {"is another server's name for ALIAS", "set the type to ALIAS"},
	"LUA":    {"is no DNS type but PowerDNS's: a program that makes answers", "write the records that it would make"},
	"URL":    {"is no DNS type but a web host's: a redirection over HTTP", "write the address of the web server that redirects"},
	"URL301": {"is no DNS type but a web host's: a redirection over HTTP", "write the address of the web server that redirects"},
	"FRAME":  {"is no DNS type but a web host's: a page in a frame", "write the address of the web server"},
	"WINS":   {"is Microsoft's own: a lookup over WINS", "write the addresses, or delete it"},
	"WINSR":  {"is Microsoft's own: a lookup over NetBIOS", "write PTR records, or delete it"},
	"WINS-R": {"is Microsoft's own: a lookup over NetBIOS", "write PTR records, or delete it"},
}
