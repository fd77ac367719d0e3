package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"github.com/mysqldns/mysqldns/plugin/zonedb"
)

// Saved is a version as a File has it.
type Saved struct {
	Zone   string
	Serial uint32
	Digest Digest // zero where it is not known, as of a version between two
	Broken bool   // the serial had other content before, so that no delta leads on from it

	Known bool // how it came from the version before is known: from the serial From, by Delta
	From  uint32
	Delta []byte
}

// File keeps versions on disk, so that a server which starts while its database is down shows no serial that is older than one before. It only grows,
// by what is new; whoever keeps it creates it anew now and then. What is written outlives the process at once, and the machine after a while.
//
// All numbers are big-endian, all checksums CRC-32C.
//
//	header   magic (8 octets), form (2), length of the source (4), source, checksum of all of it (4)
//	version  length of the rest (4), flags (1), serial (4), from (4), digest (32), length of the zone's name in wire form (1), name, delta;
//	         checksum of all of it (4)
type File struct {
	file   *os.File
	octets int64
}

const (
	fileMagic = "mysqldnv"
	fileForm  = 1

	savedKnown  = 1
	savedBroken = 2
	savedFixed  = 1 + 4 + 4 + 32 + 1 // of a version, without what has no fixed length
)

// Errors of files of versions.
var (
	// ErrNotFile is returned when a file does not begin as one of versions does.
	ErrNotFile = errors.New("not a file of versions")

	// ErrOtherSource is returned when a file is of another table, or of other servers.
	ErrOtherSource = errors.New("the versions of another table")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// CreateFile writes versions to a file that only its owner may read, in place of the one that is there, and opens it for more. Source says which table they
// are of.
func CreateFile(path, source string, versions []Saved) (*File, error) {
	content := encodeSaved(fileHeader(source), versions)
	err := zonedb.ReplaceFile(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &File{file: file, octets: int64(len(content))}, nil
}

func fileHeader(source string) []byte {
	b := append([]byte(nil), fileMagic...)
	b = binary.BigEndian.AppendUint16(b, fileForm)
	b = binary.BigEndian.AppendUint32(b, uint32(len(source))) //nolint:gosec // some host names
	b = append(b, source...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// Add adds versions; each is its zone's newest.
func (f *File) Add(versions ...Saved) error {
	n, err := f.file.Write(encodeSaved(nil, versions))
	f.octets += int64(n)
	return err
}

func encodeSaved(b []byte, versions []Saved) []byte {
	for _, v := range versions {
		b = v.append(b)
	}
	return b
}

// Octets is the length of the file.
func (f *File) Octets() int64 { return f.octets }

// Close ends the writing of the file, which stays.
func (f *File) Close() error { return errors.Join(f.file.Sync(), f.file.Close()) }

func (v Saved) append(b []byte) []byte {
	start := len(b)
	b = append(b, 0, 0, 0, 0) // the length, yet to be filled in
	flags := byte(0)
	if v.Known {
		flags |= savedKnown
	}
	if v.Broken {
		flags |= savedBroken
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint32(b, v.Serial)
	b = binary.BigEndian.AppendUint32(b, v.From)
	b = append(b, v.Digest[:]...)
	name := appendName(nil, v.Zone)
	b = append(b, byte(len(name)))
	b = append(b, name...)
	b = append(b, v.Delta...)
	binary.BigEndian.PutUint32(b[start:], uint32(len(b)-start-4)) //nolint:gosec // MaxDelta bounds it
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli))
}

// ReadFile returns the versions that a file has of each zone: those that follow one another, up to the newest. Where a version is cut short or damaged, as
// the last may be after a power failure, the file ends.
func ReadFile(path, source string) (map[string][]Saved, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	header := fileHeader(source)
	if !bytes.HasPrefix(b, header) {
		if !bytes.HasPrefix(b, header[:len(fileMagic)+2]) {
			return nil, fmt.Errorf("%s: %w", path, ErrNotFile)
		}
		return nil, fmt.Errorf("%s: %w", path, ErrOtherSource)
	}
	all := map[string][]Saved{}
	for b = b[len(header):]; ; {
		v, rest, ok := readSaved(b)
		if !ok {
			return all, nil
		}
		chain := all[v.Zone]
		if n := len(chain); n > 0 && (!v.Known || chain[n-1].Serial != v.From) {
			chain = nil
		}
		all[v.Zone] = append(chain, v)
		b = rest
	}
}

// readSaved reads the version that b begins with.
func readSaved(b []byte) (v Saved, rest []byte, ok bool) {
	if len(b) < 4 {
		return v, nil, false
	}
	size := uint64(binary.BigEndian.Uint32(b))
	if size < savedFixed || uint64(len(b)) < 4+size+4 {
		return v, nil, false
	}
	end := 4 + int(size) //nolint:gosec // no more than there is
	if crc32.Checksum(b[:end], castagnoli) != binary.BigEndian.Uint32(b[end:]) {
		return v, nil, false
	}
	one := b[4:end]
	v.Known, v.Broken = one[0]&savedKnown != 0, one[0]&savedBroken != 0
	v.Serial, v.From = binary.BigEndian.Uint32(one[1:]), binary.BigEndian.Uint32(one[5:])
	copy(v.Digest[:], one[9:])
	v.Zone, v.Delta, ok = readName(one[savedFixed:])
	return v, b[end+4:], ok && int(one[savedFixed-1]) == len(one)-savedFixed-len(v.Delta)
}
