package zonedb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var taken = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func snapshotOf(t testing.TB, v *View) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := v.Save(&file, "here", taken); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func someDB(t testing.TB) *DB {
	return load(t, "example. 60 IN SOA a. b. 1 2 3 4 5", "example. 60 IN NS ns.example.", "ns.example. 60 IN A 192.0.2.1",
		"ns.example. 60 IN A 192.0.2.2", "a.b.c.example. 60 IN TXT x", "loose. 60 IN SSHFP 1 1 abcd", ". 60 IN TYPE65280 \\# 0")
}

func TestSnapshotComesBack(t *testing.T) {
	want := someDB(t).View()
	path := filepath.Join(t.TempDir(), "snapshot")
	for range 2 { // the second time over the first
		if err := want.SaveFile(path, "here", taken); err != nil {
			t.Fatal(err)
		}
	}
	db := New()
	l := db.NewLoad()
	if got, err := l.ReadFile(path, "here"); err != nil || !got.Equal(taken) {
		t.Fatal(got, err)
	}
	if l.Len() != want.Len() {
		t.Errorf("%d records, want %d", l.Len(), want.Len())
	}
	l.Commit()
	for _, apex := range []string{"", "example."} {
		if got, want := texts(slices.Collect(db.View().All(apex))), texts(slices.Collect(want.All(apex))); !slices.Equal(got, want) {
			t.Errorf("zone %q: %q, want %q", apex, got, want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v %v, want mode 0600", info.Mode(), err)
	}
}

func TestSnapshotLargerThanABlock(t *testing.T) {
	hex := " 60 IN TYPE65280 \\# 60000 " + strings.Repeat("ab", 59998)
	var records []string
	for i := range 60 {
		records = append(records, "big."+hex+string("0123456789"[i/10])+"0"+string("0123456789"[i%10])+"0")
		records = append(records, string(rune('a'+i%26))+".example."+hex+"0000")
	}
	db := load(t, records...)
	l := New().NewLoad()
	if _, err := l.Read(iotestOneByte{bytes.NewReader(snapshotOf(t, db.View()))}, "here"); err != nil || l.Len() != 60+26 {
		t.Errorf("%d records: %v", l.Len(), err)
	}
}

// iotestOneByte gives few octets at a time, as a slow disk or a pipe would.
type iotestOneByte struct{ r io.Reader }

func (o iotestOneByte) Read(p []byte) (int, error) { return o.r.Read(p[:min(len(p), 1000)]) }

func TestRefusedSnapshots(t *testing.T) {
	good := snapshotOf(t, someDB(t).View())
	edit := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	headerEnd := fixedHeader + minHeader + len("here") + 4
	tests := map[string]struct {
		data []byte
		want error
	}{
		"an empty file":     {nil, ErrNotSnapshot},
		"another file":      {[]byte("$ORIGIN example.\n"), ErrNotSnapshot},
		"a newer version":   {edit(func(b []byte) []byte { b[9]++; return b }), ErrNewerVersion},
		"another source":    {resum(edit(func(b []byte) []byte { b[headerEnd-5] = 'x'; return b }), headerEnd), ErrOtherSource},
		"a changed header":  {edit(func(b []byte) []byte { b[headerEnd-5] = 'x'; return b }), ErrChecksum},
		"a huge header":     {edit(func(b []byte) []byte { b[10] = 0xff; return b }), ErrMalformed},
		"more names said":   {resum(edit(func(b []byte) []byte { b[fixedHeader+15]++; return b }), headerEnd), ErrMalformed},
		"more records said": {resum(edit(func(b []byte) []byte { b[fixedHeader+23]++; return b }), headerEnd), ErrMalformed},
		"a huge block":      {edit(func(b []byte) []byte { b[headerEnd] = 0xff; return b }), ErrMalformed},
		"a large block":     {edit(func(b []byte) []byte { b[headerEnd] = 0x20; return b }), ErrCutShort},
		"a changed block":   {edit(func(b []byte) []byte { b[headerEnd+10] ^= 1; return b }), ErrChecksum},
		"no blocks":         {edit(func(b []byte) []byte { return append(b[:headerEnd], 0, 0, 0, 0, 0, 0, 0, 0) }), ErrMalformed},
		"a block twice":     {twice(good, headerEnd), ErrMalformed},
		"a changed end":     {edit(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }), ErrChecksum},
		"something behind":  {append(bytes.Clone(good), 0), ErrMalformed},
	}
	for name, test := range tests {
		db := New()
		l := db.NewLoad()
		if _, err := l.Read(bytes.NewReader(test.data), "here"); !errors.Is(err, test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if c := l.Commit(); c.Any() {
			t.Errorf("%s: changed %+v", name, c)
		}
	}
}

// A snapshot of before signatures kept their own TTLs.
func TestSnapshotOfVersion1(t *testing.T) {
	db := someDB(t)
	old := snapshotOf(t, db.View())
	old[9] = 1
	old = resum(old, fixedHeader+minHeader+len("here")+4)
	l := New().NewLoad()
	if _, err := l.Read(bytes.NewReader(old), "here"); err != nil || l.Len() != db.View().Len() {
		t.Errorf("%d records, %v, want %d", l.Len(), err, db.View().Len())
	}
}

// resum makes the checksum of a header right again.
func resum(b []byte, headerEnd int) []byte {
	binary.BigEndian.PutUint32(b[headerEnd-4:], crc32.Checksum(b[:headerEnd-4], castagnoli))
	return b
}

// twice repeats the only block, with the right checksum of all blocks.
func twice(b []byte, headerEnd int) []byte {
	block := b[headerEnd : len(b)-8]
	sum := block[len(block)-4:]
	out := append(bytes.Clone(b[:headerEnd]), block...)
	out = append(out, block...)
	total := crc32.Update(crc32.Update(0, castagnoli, sum), castagnoli, sum)
	return binary.BigEndian.AppendUint32(append(out, 0, 0, 0, 0), total)
}

func TestSnapshotCutShortAnywhereOrWithAChangedOctet(t *testing.T) {
	good := snapshotOf(t, someDB(t).View())
	for i := range good {
		l := New().NewLoad()
		if _, err := l.Read(bytes.NewReader(good[:i]), "here"); !errors.Is(err, ErrCutShort) && (i >= 8 || !errors.Is(err, ErrNotSnapshot)) {
			t.Errorf("%d octets of %d: %v", i, len(good), err)
		}
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := l.Read(bytes.NewReader(bad), "here"); err == nil || l.Len() != 0 {
			t.Errorf("octet %d changed: %v, %d records", i, err, l.Len())
		}
	}
}

func TestSaveFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "snapshot")
	if err := os.Mkdir(path, 0o700); err != nil { // so that the rename goes wrong
		t.Fatal(err)
	}
	v := someDB(t).View()
	if err := v.SaveFile(path, "here", taken); err == nil {
		t.Error("no error where the path is a directory")
	}
	if err := v.SaveFile(filepath.Join(dir, "file"), strings.Repeat("x", 1<<17), taken); err == nil {
		t.Error("no error where the source is too long")
	}
	if err := v.SaveFile(filepath.Join(dir, "none", "file"), "here", taken); err == nil {
		t.Error("no error where the directory is missing")
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left: %v %v", files, err)
	}
}

// Blocks of one name each: the length of the name, the name, the length of the content, and for each RRset the type, the
// TTL, the length of the records, and for each record the length of the RDATA and the RDATA.
const oneName = "\x03\x01a\x00" + "\x09" + "\x00\x01\x05\x05" + "\x04\xc0\x00\x02\x01"

var malformedNames = map[string]string{
	"no name":                 "\x00" + oneName[4:],
	"upper case":              "\x03\x01A\x00" + oneName[4:],
	"a label too long":        "\x03\x02a\x00" + oneName[4:],
	"a name without root":     "\x02\x01a" + oneName[4:],
	"a name with a pointer":   "\x02\xc0\x00" + oneName[4:],
	"octets behind the root":  "\x04\x01a\x00\x00" + oneName[4:],
	"the name twice":          oneName + oneName,
	"no content":              "\x03\x01a\x00\x00",
	"content too long":        "\x03\x01a\x00\x0a" + oneName[5:],
	"a length without end":    "\x03\x01a\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
	"a cut RRset":             "\x03\x01a\x00\x01\x00",
	"a TTL of 33 bits":        "\x03\x01a\x00\x0d\x00\x01\xff\xff\xff\xff\x1f\x05\x04\xc0\x00\x02\x01",
	"no records":              "\x03\x01a\x00\x04\x00\x01\x05\x00",
	"an address of 3 octets":  "\x03\x01a\x00\x08\x00\x01\x05\x04\x03\xc0\x00\x02",
	"a length in two octets":  "\x03\x01a\x00\x0a\x00\x01\x05\x06\x84\x00\xc0\x00\x02\x01",
	"an RRset twice":          "\x03\x01a\x00\x12" + oneName[5:] + oneName[5:],
	"an RDATA beyond the set": "\x03\x01a\x00\x09\x00\x01\x05\x05\x05\xc0\x00\x02\x01",
	"a pointer in RDATA":      "\x03\x01a\x00\x07\x00\x02\x05\x03\x02\xc0\x00",
}

func TestMalformedNamesInSnapshot(t *testing.T) {
	if err := readPayload(t, oneName); err != nil {
		t.Error(err)
	}
	for name, payload := range malformedNames {
		if err := readPayload(t, payload); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, ErrMalformed)
		}
	}
}

// readPayload reads a snapshot of one record whose only block has this payload.
func readPayload(t *testing.T, payload string) error {
	_, err := New().NewLoad().Read(bytes.NewReader(snapshotWith(t, []byte(payload), 1, 1, 0)), "here")
	return err
}

// FuzzSnapshot reads blocks whose checksums are right, as someone who means harm would make them. What is taken is whole: it can be
// read, saves, and comes back the same. What is promised costs no memory.
func FuzzSnapshot(f *testing.F) {
	good := snapshotOf(f, someDB(f).View())
	headerEnd := fixedHeader + minHeader + len("here") + 4
	f.Add(good[headerEnd+4:len(good)-12], uint64(5), uint64(7), uint64(200))
	f.Add([]byte(oneName), uint64(1), uint64(1), uint64(math.MaxUint64))
	for _, payload := range malformedNames {
		f.Add([]byte(payload), uint64(1), uint64(1), uint64(0))
	}
	f.Fuzz(func(t *testing.T, payload []byte, names, records, octets uint64) {
		file := snapshotWith(t, payload, names, records, octets)
		db := New()
		l := db.NewLoad()
		if _, err := l.read(bytes.NewReader(file), int64(len(file)), "here"); err != nil {
			if l.Commit().Any() {
				t.Fatal("half-loaded")
			}
			return
		}
		// A name may have 126 others above it, which take memory too; shards and groups that are not empty, some more.
		if took := l.edit.view().Bytes(); took > int64(200*len(file)+1<<20) {
			t.Fatalf("a snapshot of %d octets takes %d", len(file), took)
		}
		l.Commit()
		comesBack(t, db.View())
		readAll(t, db, int(records))
	})
}

// snapshotWith is a snapshot with one block, or none if payload is empty, and a header that says so much of it.
func snapshotWith(t testing.TB, payload []byte, names, records, octets uint64) []byte {
	t.Helper()
	header, err := New().View().header("here", taken)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint64(header[fixedHeader+8:], names)
	binary.BigEndian.PutUint64(header[fixedHeader+16:], records)
	binary.BigEndian.PutUint64(header[fixedHeader+24:], octets)
	var file bytes.Buffer
	file.Write(resum(header, len(header)))
	b := blockWriter{w: &file}
	if len(payload) > 0 {
		b.buf = append([]byte{0, 0, 0, 0}, payload...)
	}
	if err := b.close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// comesBack saves a state and reads it again.
func comesBack(t *testing.T, v *View) {
	t.Helper()
	db := New()
	l := db.NewLoad()
	if _, err := l.Read(bytes.NewReader(snapshotOf(t, v)), "here"); err != nil {
		t.Fatalf("what was taken does not come back: %v", err)
	}
	l.Commit()
	if again := db.View(); again.Len() != v.Len() || again.Names() != v.Names() || !slices.Equal(again.Zones(), v.Zones()) {
		t.Fatalf("%d records at %d names in %q come back as %d at %d in %q",
			v.Len(), v.Names(), v.Zones(), again.Len(), again.Names(), again.Zones())
	}
	for s := range v.shards() {
		s.each(func(_ uint32, e entry) {
			again := db.View().entryOf(e.name())
			if again == nil || !bytes.Equal(again.content(), e.content()) {
				t.Fatalf("%s comes back otherwise", nameString(e.name()))
			}
		})
	}
}

// However much a small file says is to come, reading it takes little memory.
func TestSnapshotThatPromisesTooMuch(t *testing.T) {
	var payload []byte
	for i := range 26 * 26 * 26 { // names enough for all shards
		payload = append(payload, 5, 3, byte('a'+i%26), byte('a'+i/26%26), byte('a'+i/26/26), 0)
		payload = append(payload, oneName[4:]...)
	}
	path := filepath.Join(t.TempDir(), "snapshot")
	if err := os.WriteFile(path, snapshotWith(t, payload, math.MaxUint64, math.MaxUint64, math.MaxUint64), 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l := New().NewLoad()
	_, err := l.ReadFile(path, "here")
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrMalformed) {
		t.Fatalf("%v, want %v", err, ErrMalformed)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20 {
		t.Errorf("a file of %d octets took %d octets of memory", len(payload), took)
	}
}

// readAll makes every record and writes it back.
func readAll(t *testing.T, db *DB, records int) {
	v := db.View()
	count := 0
	for s := range v.shards() {
		s.each(func(_ uint32, e entry) {
			name := nameString(e.name())
			n, ok := v.Zone(name).Node(name)
			if !ok {
				t.Fatalf("%s does not exist", name)
			}
			for _, rrtype := range n.Types(math.MaxInt) {
				rrs := n.RRset(rrtype, math.MaxInt)
				if len(rrs) == 0 {
					t.Fatalf("%s has no record of type %d", name, rrtype)
				}
				count += len(rrs)
			}
		})
	}
	if count != records {
		t.Fatalf("%d records, want %d", count, records)
	}
	for _, apex := range append(v.Zones(), "") {
		for rr := range v.All(apex) {
			_ = rr.String()
		}
	}
	for s := range v.shards() {
		s.each(func(_ uint32, e entry) { db.Apply(byName(slices.Collect(v.All(nameString(e.name())))...)) })
	}
}
