package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Format returns the row of a record, its ID 0: Parse makes the same record of it. The name is lower case and has no final dot
// (but for the root), the type is a mnemonic where it has one, and Record is in zone-file form, or in that of RFC 3597 where Parse
// would make something else of the former.
//
// An error is that of Parse: no row makes this record. Its ID is 0.
func Format(rr dns.RR) (Row, error) {
	hdr := rr.Header()
	row := Row{
		Name:  withoutDot(hdr.Name),
		Type:  dns.Type(hdr.Rrtype).String(),
		Class: dns.Class(hdr.Class).String(),
		TTL:   strconv.FormatUint(uint64(hdr.Ttl), 10),
	}
	wire, err := rdataOf(rr)
	if err != nil {
		return row, &Error{Name: row.Name, Type: row.Type, Reason: ReasonRecord, Problem: "the record has no wire form (" + quote(err.Error()) + ")",
			Advice: adviceFor(hdr.Rrtype)}
	}
	row.Record = rdataText(rr)
	parsed, err := Parse(row, 0)
	if err == nil && sameRdata(parsed, wire) {
		row.Name = withoutDot(parsed.Header().Name)
		return row, nil
	}
	var wrong *Error
	if errors.As(err, &wrong) && wrong.Reason != ReasonRecord {
		return row, err
	}
	said := row.Record
	row.Record = fmt.Sprintf(`%s %d %s`, genericMark, len(wire), hex.EncodeToString(wire))
	parsed, genericErr := Parse(row, 0)
	switch {
	case genericErr == nil && sameRdata(parsed, wire):
		row.Name = withoutDot(parsed.Header().Name)
		return row, nil
	case err != nil: // what is wrong with the text says more
		row.Record = said
		return row, err
	}
	return row, genericErr
}

// withoutDot is a name without its final dot, unless white space would then be at its end, where columns may lose it.
func withoutDot(name string) string {
	short := strings.TrimSuffix(name, ".")
	if short == "" || strings.HasSuffix(short, " ") {
		return name
	}
	return short
}

// rdataText is the RDATA of a record in zone-file form.
func rdataText(rr dns.RR) string {
	if unknown, ok := rr.(*dns.RFC3597); ok {
		return genericMark + " " + strconv.Itoa(len(unknown.Rdata)/2) + " " + strings.ToLower(unknown.Rdata)
	}
	return strings.TrimPrefix(rr.String(), rr.Header().String())
}

// rdataOf is the RDATA of a record in wire form.
func rdataOf(rr dns.RR) ([]byte, error) {
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	length := rr.Header().Rdlength
	defer func() { rr.Header().Rdlength = length }() // which PackRR sets
	start, err := dns.PackDomainName(rr.Header().Name, buf.first[:], 0, nil, false)
	if err != nil {
		return nil, err
	}
	end, err := dns.PackRR(rr, buf.first[:], 0, nil, false)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(buf.first[start+recordTail : end]), nil
}

// sameRdata reports whether the RDATA of a record is this.
func sameRdata(rr dns.RR, wire []byte) bool {
	rdata, err := rdataOf(rr)
	return err == nil && bytes.Equal(rdata, wire)
}
