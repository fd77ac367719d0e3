package check

// Kind is what is wrong.
type Kind string

// Kinds, each the word that programs know it by.
const (
	BadRow         Kind = "bad-row"                // it is no valid record
	LogNotPruned   Kind = "log-not-pruned"         // the change log only grows
	NoTrigger      Kind = "trigger-missing"        // that writes the change log
	UnicodeName    Kind = "unicode-name"           // a name that no client asks for (RFC 5890)
	UnusualName    Kind = "unusual-name"           // SQL does not find it by the name that the DNS has for it
	Duplicate      Kind = "duplicate"              // several rows make one record
	TTLsDiffer     Kind = "ttls-differ"            // within an RRset (RFC 2181, 5.2)
	MoreThanOne    Kind = "more-than-one"          // a name may have one record of this type
	BesideCNAME    Kind = "beside-cname"           // a CNAME and other data (RFC 1034, 3.6.2)
	ZoneWithoutNS  Kind = "zone-without-ns"        // at its apex
	SerialGoesBack Kind = "serial-goes-back"       // of a SOA, as secondaries see it (RFC 1982)
	MailboxWithAt  Kind = "mailbox-with-at"        // of a SOA (RFC 1035, 8)
	TargetIsNoName Kind = "target-is-no-name"      // but an address or a URL
	ShortTarget    Kind = "short-target"           // one label, which was meant to be relative
	AliasCircle    Kind = "alias-circle"           // aliases that lead back to themselves
	ReverseDiffers Kind = "reverse-differs"        // a PTR and the addresses of its name
	MissingGlue    Kind = "missing-glue"           // a delegation that no resolver can follow (RFC 1034, 4.2.1)
	MissingTarget  Kind = "missing-target"         // a record points to a name that a zone of the table should have and does not
	NoAddress      Kind = "target-without-address" // a record points to a name that needs an address and has none
	TargetIsAlias  Kind = "target-is-alias"        // where none may be (RFC 2181, 10.3; RFC 2782)
	HiddenByCut    Kind = "hidden-by-delegation"   // below a zone cut, and no glue
	HiddenByDNAME  Kind = "hidden-by-dname"        // RFC 6672, 2.4

	NotTransferred Kind = "not-transferred" // an ALIAS
)

// Kinds are all of them, in the order in which findings come, each with a heading for people.
var Kinds = []struct {
	Kind    Kind
	Heading string
}{
	{NoTrigger, "Changes that the change log does not hold"},
	{LogNotPruned, "The change log"},
	{BadRow, "Rows that are no valid records, which the plugin skips"},
	{UnicodeName, "Names in Unicode, for which no client asks"},
	{UnusualName, "Names that SQL does not find"},
	{Duplicate, "Rows that make the same record"},
	{TTLsDiffer, "RRsets with several TTLs, which the plugin answers with the least"},
	{MoreThanOne, "Several records where one may be, of which the plugin answers one"},
	{BesideCNAME, "CNAME beside other data"},
	{ZoneWithoutNS, "Zones without NS records"},
	{SerialGoesBack, "Serials that are older than those which secondaries have, or would be"},
	{MailboxWithAt, "Mailboxes with an @"},
	{TargetIsNoName, "Targets that are no names"},
	{ShortTarget, "Targets of one label, which are not relative to the zone"},
	{AliasCircle, "Aliases in a circle"},
	{ReverseDiffers, "PTR records whose names have other addresses"},
	{MissingGlue, "Delegations without the addresses that they need"},
	{MissingTarget, "Targets that do not exist"},
	{NoAddress, "Targets without an address"},
	{TargetIsAlias, "Targets that are aliases"},
	{HiddenByCut, "Records that a delegation hides"},
	{HiddenByDNAME, "Records that a DNAME hides"},
	{NotTransferred, "ALIAS records, which secondaries do not get"},
}

// place is where in Kinds one is.
func place(k Kind) byte {
	for i := range Kinds {
		if Kinds[i].Kind == k {
			return byte(i)
		}
	}
	return byte(len(Kinds))
}

// mostRows bounds the rows that one Finding names.
const mostRows = 20

// Finding is one thing that is wrong with a table.
type Finding struct {
	Kind    Kind     `json:"kind"`
	Owner   string   `json:"owner"`          // as in the row for BadRow; "" where it is about the table; else fully qualified, in lower case, escaped as in a zone file
	Type    string   `json:"type,omitempty"` // as in the row for BadRow; "" where it is about several
	Rows    []uint64 `json:"rows"`           // ids, no more than 20; none where the table has no ids
	Count   int      `json:"count"`          // of rows
	Problem string   `json:"problem"`        // what is wrong, one printable line
	Advice  string   `json:"advice"`         // what to do about it
}

// rows are ids; a Finding names some of them.
type rows struct {
	ids   []uint64
	count int
}

func (r *rows) add(id uint64) {
	r.count++
	if id != 0 && len(r.ids) < mostRows {
		r.ids = append(r.ids, id)
	}
}

func (r *rows) reset() { r.ids, r.count = r.ids[:0], 0 }

// row is one of them.
func row(id uint64) (r rows) {
	r.add(id)
	return r
}
