// Package record turns one row of a table into one resource record, or says what is wrong with the row. It is the only reader of record text: master
// files have their lines split and their RDATA read here too.
//
// Whoever writes the rows is not trusted: no row makes more than one record, reads a file, or panics, and what an
// error says of a row is one line of bounded length.
//
// Reading the source: Parse (parse.go) reads the columns of a row; Scanner (scanner.go) splits text into fields; layouts (layout.go) says, type by type, of
// which parts RDATA is made, each of which makes octets of fields and fields of octets (parts.go, and address.go, bitmap.go, location.go, service.go and
// obsolete.go for those that are like no other); Unpack (unpack.go) makes the library's struct of octets; Text (text.go) and Format (format.go) are the way
// back; Origin (origin.go) is for master files.
package record

// Row is one row of the table, its columns as text, as any SQL driver can give them. White space around a column is
// trimmed: a CHAR column may come back padded.
type Row struct {
	ID uint64 // of the row, for messages; 0 where the table has no such column

	// Name is the owner name, absolute with or without the final dot, in any case, escaped as in a zone file: \. and
	// \\ for the character itself, \032 for an octet in decimal. Octets outside ASCII are taken as they are; an
	// internationalised name is usually written as its A-labels (xn--...).
	Name string

	Type  string // number, mnemonic or TYPEnnn, in any case
	Class string // number, mnemonic or CLASSnnn, in any case; "" (NULL) means IN, and IN is the only one served
	TTL   string // seconds in decimal, 0 to 2147483647 (RFC 2181, 8); "" (NULL) means the default

	// Record is the RDATA in zone-file form, domain names in it absolute with or without the final dot, or, for any
	// type, \# LEN HEX (RFC 3597, 5). Parentheses may spread it over several lines.
	//
	// A ; after white space begins a comment. Where the field before it is unquoted and holds text (CAA, say), a ; might
	// be meant as data, and is refused.
	//
	// TXT, SPF, AVC, NINFO, RESINFO, WALLET and CLA have a second form: a record that does not begin with a quote is one string,
	// taken literally (a backslash, a quote and a ; are themselves). In both forms a string of more than 255 octets
	// is split into several.
	Record string

	NoRecord bool // the column is NULL, which is no RDATA of any type; "" is a TXT record of one empty string
}
