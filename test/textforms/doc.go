// Package textforms compares what mysqldns, BIND and Knot DNS make of the text of records. A zone has records of every type that has a text form, in random
// presentation forms: quoted or not, with escapes, over several lines, with names relative and absolute, numbers and mnemonics. BIND (named-compilezone)
// and Knot (knotd) say what octets it means; mysqldns must read the same, from the same text and from the texts that BIND and Knot write of it; and they
// must read the same from what mysqldns writes.
//
// It is not asked what is refused: docs/text.md has the list of what one of them reads and mysqldns does not.
package textforms
