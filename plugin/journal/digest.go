package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// Digest tells contents apart: the sum, modulo 2^256, of the SHA-256 of each record. The order in which records are added does not matter, and what is
// taken away again leaves no trace. (It finds mistakes. Who may write rows could make two contents with one digest.)
type Digest [sha256.Size]byte

// add adds records.
func (d *Digest) add(records ...Record) {
	for _, r := range records {
		sum := sha256.Sum256([]byte(r))
		carry := uint64(0)
		for at := len(d) - 8; at >= 0; at -= 8 {
			var n uint64
			n, carry = bits.Add64(binary.BigEndian.Uint64(d[at:]), binary.BigEndian.Uint64(sum[at:]), carry)
			binary.BigEndian.PutUint64(d[at:], n)
		}
	}
}

// subtract takes records away that were added.
func (d *Digest) subtract(records ...Record) {
	for _, r := range records {
		sum := sha256.Sum256([]byte(r))
		borrow := uint64(0)
		for at := len(d) - 8; at >= 0; at -= 8 {
			var n uint64
			n, borrow = bits.Sub64(binary.BigEndian.Uint64(d[at:]), binary.BigEndian.Uint64(sum[at:]), borrow)
			binary.BigEndian.PutUint64(d[at:], n)
		}
	}
}
