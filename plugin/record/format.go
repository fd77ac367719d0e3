package record

import (
	"strconv"
	"strings"

	"github.com/mysqldns/mysqldns/plugin/wire"

	"github.com/miekg/dns"
)

// Format returns the row of a record, its ID 0: Parse makes the same record of it. The name keeps its case and has no final dot
// (but for the root), the type is a mnemonic where it has one, and Record is what Text returns.
//
// An error is that of Parse: no row makes this record. Its ID is 0.
func Format(rr dns.RR) (Row, error) {
	hdr := rr.Header()
	row := Row{
		Name:  withoutDot(hdr.Name),
		Type:  TypeName(hdr.Rrtype),
		Class: dns.Class(hdr.Class).String(),
		TTL:   strconv.FormatUint(uint64(hdr.Ttl), 10),
	}
	rdata, err := wire.Pack(dns.Copy(rr)) // others may be reading it
	if err != nil {
		return row, &Error{Name: row.Name, Type: row.Type, Reason: ReasonRecord, Problem: "the record has no wire form (" + quote(err.Error()) + ")",
			Advice: adviceFor(hdr.Rrtype)}
	}
	row.Record = string(AppendText(nil, hdr.Rrtype, rdata))
	name, f := domainName(trim(row.Name), false)
	if f != nil {
		return row, (&fault{"name " + quote(row.Name) + " " + f.problem, f.advice}).of(row, ReasonName)
	}
	row.Name = withoutDot(name)
	if _, f := rrtype(row.Type); f != nil {
		return row, f.of(row, ReasonType)
	}
	if f := class(row.Class); f != nil {
		return row, f.of(row, ReasonClass)
	}
	if _, f := ttl(row.TTL, 0); f != nil {
		return row, f.of(row, ReasonTTL)
	}
	f = validate(hdr.Rrtype, rdata)
	if f == nil && !fits(hdr.Name, rdata) {
		f = tooLarge
	}
	if f != nil {
		return row, (&fault{"record " + quote(row.Record) + " " + f.problem, f.advice}).of(row, ReasonRecord)
	}
	return row, nil
}

// withoutDot is a name without its final dot, unless white space would then be at its end, where columns may lose it.
func withoutDot(name string) string {
	short := strings.TrimSuffix(name, ".")
	if short == "" || strings.HasSuffix(short, " ") {
		return name
	}
	return short
}
