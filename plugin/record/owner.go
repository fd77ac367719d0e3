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
