package lab

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
)

// Origin is the apex of the one zone that all servers have: a SOA, an NS record and one A record for each host.
const Origin = "example.org"

const (
	SOARecord = "ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300"
	NSRecord  = "ns1.example.org."
	TTL       = 300
)

// AppendHost appends the name of the i-th host, without the last dot.
func AppendHost(b []byte, i int) []byte { return AppendName(b, "host", i) }

// AppendMiss appends the i-th name that the zone does not have.
func AppendMiss(b []byte, i int) []byte { return AppendName(b, "miss", i) }

// AppendName appends the i-th name that begins so.
func AppendName(b []byte, prefix string, i int) []byte {
	b = append(b, prefix...)
	for width := 10_000_000; width > i && width > 1; width /= 10 {
		b = append(b, '0')
	}
	b = strconv.AppendInt(b, int64(i), 10)
	return append(b, "."+Origin...)
}

// HostName is the name of the i-th host.
func HostName(i int) string { return string(AppendHost(nil, i)) }

// AppendAddress appends the address of the i-th host.
func AppendAddress(b []byte, i int) []byte {
	return fmt.Appendf(b, "10.%d.%d.%d", byte(i>>16), byte(i>>8), byte(i))
}

// writeRows writes the rows of hosts from first to last-1, with a tab between columns: name, type, ttl, record.
func writeRows(w io.Writer, first, last int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for i := first; i < last; i++ {
		row := append(AppendHost(out.AvailableBuffer(), i), "\tA\t"...)
		row = append(strconv.AppendInt(row, TTL, 10), '\t')
		out.Write(append(AppendAddress(row, i), '\n'))
	}
	return out.Flush()
}

// WriteZoneFile writes the zone as a master file.
func WriteZoneFile(path string, names int) error {
	return WriteFile(path, func(out *bufio.Writer) {
		fmt.Fprintf(out, "%[1]s. %[2]d IN SOA %[3]s\n%[1]s. %[2]d IN NS %[4]s\n", Origin, TTL, SOARecord, NSRecord)
		for i := range names {
			line := append(AppendHost(out.AvailableBuffer(), i), ". 300 IN A "...)
			out.Write(append(AppendAddress(line, i), '\n'))
		}
	})
}

// WriteQueries writes what dnsperf asks: names chosen at random, always the same ones, for A.
func WriteQueries(path string, queries, names int, appendName func([]byte, int) []byte) error {
	random := rand.New(rand.NewPCG(1, uint64(names))) //nolint:gosec // the same in every run
	return WriteFile(path, func(out *bufio.Writer) {
		for range queries {
			out.Write(append(appendName(out.AvailableBuffer(), random.IntN(names)), " A\n"...))
		}
	})
}

// WriteFile creates a file. The writer keeps the first error until the end.
func WriteFile(path string, write func(*bufio.Writer)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	write(out)
	if err := out.Flush(); err != nil {
		return err
	}
	return f.Close()
}
