package zonedb

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"time"

	"github.com/mysqldns/mysqldns/plugin/wire"
)

// A snapshot is a header, blocks and an end. All numbers are big-endian, all checksums CRC-32C.
//
//	header   magic (8 octets), version (2), length of the rest (4), the rest: time taken (8, in nanoseconds since
//	         1970), number of names (8), number of records (8), about how many octets they come to (8), source; checksum of
//	         all of it (4)
//	block    length (4, not 0), payload, checksum of the payload (4); the payload is whole names, each as in an entry from the
//	         length of its name on
//	end      length 0 (4), checksum over the checksums of all blocks (4)
const (
	snapshotMagic   = "mysqldns"
	snapshotVersion = 2 // 1 had one TTL for all signatures of a name, which is content of 2 as well

	fixedHeader = 8 + 2 + 4
	minHeader   = 8 + 8 + 8 + 8
	maxHeader   = 1 << 16

	// minName is the least that a name and its content take: length and root, length, type, TTL, length, and a record of no octets.
	minName = 2 + 1 + 2 + 1 + 1 + 1

	// blockSize is when a block is closed; only a name that is larger makes a larger one.
	blockSize = 256 << 10
	maxBlock  = blockSize + maxContent + 1024
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Save writes the state as a snapshot. Source says which table it is of; Load.Read wants to hear the same. It is readable in
// the file, so it must hold no secrets. Taken is the moment when the state was that of the table.
func (v *View) Save(w io.Writer, source string, taken time.Time) error {
	header, err := v.header(source, taken)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	b := blockWriter{w: w}
	for s := range v.shards() {
		s.each(func(_ uint32, e entry) {
			if content := e.content(); len(content) > 0 {
				b.add(e.name(), content)
			}
		})
	}
	return b.close()
}

func (v *View) header(source string, taken time.Time) ([]byte, error) {
	if len(source) > maxHeader-minHeader {
		return nil, fmt.Errorf("source of a snapshot: %d octets are too many", len(source))
	}
	h := append([]byte(nil), snapshotMagic...)
	h = binary.BigEndian.AppendUint16(h, snapshotVersion)
	h = binary.BigEndian.AppendUint32(h, uint32(minHeader+len(source)))
	h = binary.BigEndian.AppendUint64(h, uint64(taken.UnixNano()))
	h = binary.BigEndian.AppendUint64(h, uint64(v.owners))
	h = binary.BigEndian.AppendUint64(h, uint64(v.records))
	h = binary.BigEndian.AppendUint64(h, v.octets())
	h = append(h, source...)
	return binary.BigEndian.AppendUint32(h, crc32.Checksum(h, castagnoli)), nil
}

// blockWriter writes names in blocks. After an error it does nothing.
type blockWriter struct {
	w   io.Writer
	buf []byte // the length, yet to be filled in, and the payload of the block
	sum uint32 // over the checksums of all blocks
	err error
}

func (b *blockWriter) add(name, content []byte) {
	if len(b.buf) == 0 {
		b.buf = append(b.buf, 0, 0, 0, 0)
	}
	b.buf = append(b.buf, byte(len(name)))
	b.buf = append(b.buf, name...)
	b.buf = binary.AppendUvarint(b.buf, uint64(len(content)))
	b.buf = append(b.buf, content...)
	if len(b.buf) >= blockSize {
		b.flush()
	}
}

func (b *blockWriter) flush() {
	if b.err != nil || len(b.buf) == 0 {
		return
	}
	payload := b.buf[4:]
	binary.BigEndian.PutUint32(b.buf, uint32(len(payload)))
	b.buf = binary.BigEndian.AppendUint32(b.buf, crc32.Checksum(payload, castagnoli))
	b.sum = crc32.Update(b.sum, castagnoli, b.buf[len(b.buf)-4:])
	_, b.err = b.w.Write(b.buf)
	b.buf = b.buf[:0]
}

func (b *blockWriter) close() error {
	b.flush()
	if b.err != nil {
		return b.err
	}
	end := binary.BigEndian.AppendUint32(make([]byte, 4), b.sum)
	_, err := b.w.Write(end)
	return err
}

// Read fills the Load from a snapshot of source and returns when that was taken. Whatever the Load held before is gone;
// after an error it is empty.
func (l *Load) Read(r io.Reader, source string) (taken time.Time, err error) {
	return l.read(r, math.MaxInt64, source)
}

// read is Read from r, which has at most so many octets. What the header says is to come is believed as far as that can hold it.
func (l *Load) read(r io.Reader, size int64, source string) (taken time.Time, err error) {
	*l = *l.db.NewLoad()
	s := snapshotReader{r: bufio.NewReaderSize(r, 64<<10), size: uint64(size), load: l}
	if taken, err = s.header(source); err == nil {
		err = s.blocks()
	}
	if err == nil {
		err = s.check()
	}
	if err != nil {
		*l = *l.db.NewLoad()
		return time.Time{}, err
	}
	return taken, nil
}

type snapshotReader struct {
	r     *bufio.Reader
	size  uint64 // of the whole snapshot, in octets, at the most
	load  *Load
	buf   []byte
	sum   uint32 // over the checksums of all blocks
	names uint64 // how many the header promises
	count uint64 // of records, likewise
}

func (s *snapshotReader) header(source string) (taken time.Time, err error) {
	head := make([]byte, fixedHeader, 256)
	if n, err := io.ReadFull(s.r, head); string(head[:min(n, len(snapshotMagic))]) != snapshotMagic {
		return taken, orRead(err, ErrNotSnapshot)
	} else if err != nil {
		return taken, orRead(err, ErrCutShort)
	}
	if version := binary.BigEndian.Uint16(head[8:]); version > snapshotVersion {
		return taken, fmt.Errorf("%w: format %d, not %d", ErrNewerVersion, version, snapshotVersion)
	}
	size := binary.BigEndian.Uint32(head[10:])
	if size < minHeader || size > maxHeader {
		return taken, ErrMalformed
	}
	head = append(head, make([]byte, size+4)...)
	if _, err := io.ReadFull(s.r, head[fixedHeader:]); err != nil {
		return taken, orRead(err, ErrCutShort)
	}
	head, sum := head[:fixedHeader+size], binary.BigEndian.Uint32(head[fixedHeader+size:])
	if crc32.Checksum(head, castagnoli) != sum {
		return taken, ErrChecksum
	}
	rest := head[fixedHeader:]
	if other := string(rest[minHeader:]); other != source {
		return taken, fmt.Errorf("%w: of %q, not %q", ErrOtherSource, other, source)
	}
	s.names, s.count = binary.BigEndian.Uint64(rest[8:]), binary.BigEndian.Uint64(rest[16:])
	s.load.edit.expectAll(min(s.names, s.size/minName), min(binary.BigEndian.Uint64(rest[24:]), s.size))
	return time.Unix(0, int64(binary.BigEndian.Uint64(rest))), nil
}

// orRead returns what end means where err only says that the file ends, and err otherwise.
func orRead(err, end error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return end
	}
	return err
}

func (s *snapshotReader) blocks() error {
	for {
		var head [4]byte
		if _, err := io.ReadFull(s.r, head[:]); err != nil {
			return orRead(err, ErrCutShort)
		}
		size := binary.BigEndian.Uint32(head[:]) // may be more than an int holds
		if size == 0 {
			return s.end()
		}
		if size > maxBlock {
			return ErrMalformed
		}
		payload, err := s.block(int(size))
		if err != nil {
			return err
		}
		if err := s.add(payload); err != nil {
			return err
		}
	}
}

// block reads a payload. It takes memory only as it finds the octets, whatever the length promises.
func (s *snapshotReader) block(size int) ([]byte, error) {
	s.buf = s.buf[:0]
	for want := size + 4; len(s.buf) < want; {
		n := min(want-len(s.buf), 1<<20)
		if cap(s.buf)-len(s.buf) < n {
			s.buf = append(make([]byte, 0, 2*len(s.buf)+n), s.buf...)
		}
		next := s.buf[len(s.buf) : len(s.buf)+n]
		if _, err := io.ReadFull(s.r, next); err != nil {
			return nil, orRead(err, ErrCutShort)
		}
		s.buf = s.buf[:len(s.buf)+n]
	}
	payload, sum := s.buf[:size], s.buf[size:]
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(sum) {
		return nil, ErrChecksum
	}
	s.sum = crc32.Update(s.sum, castagnoli, sum)
	return payload, nil
}

// add adds the names of a block.
func (s *snapshotReader) add(payload []byte) error {
	edit := s.load.edit
	for len(payload) > 0 {
		n := int(payload[0])
		if n == 0 || n >= len(payload) || wire.NameLen(payload[1:1+n]) != n || !isLower(payload[1:1+n]) {
			return ErrMalformed
		}
		name := payload[1 : 1+n]
		size, m := binary.Uvarint(payload[1+n:])
		if m <= 0 || size == 0 || size > maxContent || size > uint64(len(payload)-1-n-m) {
			return ErrMalformed
		}
		content := payload[1+n+m:][:size]
		if !validContent(content) {
			return ErrMalformed
		}
		before := edit.owners
		if err := edit.set(edit.hash(name), name, content); err != nil {
			return err
		}
		if edit.owners == before { // the name was there already
			return ErrMalformed
		}
		payload = payload[1+n+m+int(size):]
	}
	return nil
}

func (s *snapshotReader) end() error {
	var sum [4]byte
	if _, err := io.ReadFull(s.r, sum[:]); err != nil {
		return orRead(err, ErrCutShort)
	}
	if binary.BigEndian.Uint32(sum[:]) != s.sum {
		return ErrChecksum
	}
	if _, err := s.r.ReadByte(); err == nil {
		return ErrMalformed
	} else {
		return orRead(err, nil)
	}
}

func (s *snapshotReader) check() error {
	if uint64(s.load.edit.owners) != s.names || uint64(s.load.edit.records) != s.count {
		return ErrMalformed
	}
	return nil
}

// SaveFile saves a snapshot to a file, as ReplaceFile does.
func (v *View) SaveFile(path, source string, taken time.Time) error {
	return ReplaceFile(path, func(w io.Writer) error { return v.Save(w, source, taken) })
}

// ReadFile is Read from a file.
func (l *Load) ReadFile(path, source string) (taken time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return time.Time{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, err
	}
	if taken, err = l.read(f, info.Size(), source); err != nil {
		return taken, fmt.Errorf("%s: %w", path, err)
	}
	return taken, nil
}
