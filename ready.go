package mysqldns

// Ready implements ready.Readiness. The ready plugin asks one plugin of each name only, so it speaks for all copies.
func (m *MySQLDNS) Ready() bool {
	copiesMu.Lock()
	defer copiesMu.Unlock()
	for _, c := range copies {
		if c.view() == nil {
			return false
		}
	}
	return true
}
