package record

// Owner returns the owner name of a row whose name column is this: what Parse would put into the record's header. An error says
// why there is none.
func Owner(name string) (string, error) {
	canonical, f := owner(name)
	if f != nil {
		return "", f.of(Row{Name: name}, ReasonName)
	}
	return canonical, nil
}

// Type returns the record type that a type column means: a number, a mnemonic or TYPEnnn (RFC 3597, 5). An error says why there is
// none that data can have.
func Type(column string) (uint16, error) {
	t, f := rrtype(column)
	if f != nil {
		return 0, f.of(Row{Type: column}, ReasonType)
	}
	return t, nil
}
