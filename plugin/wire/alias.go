package wire

// TypeALIAS is the type of a record that stands in for the addresses of its owner: they are those of the name that is its RDATA. No resolver knows it, so
// it is never in an answer. The number is PowerDNS's, out of those for private use (RFC 6895, 3.1).
const TypeALIAS = 65401
