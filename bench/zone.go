package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
)

// origin is the apex of the one zone that all servers have: a SOA, an NS record and one A record for each host.
const origin = "example.org"

const (
	soaRecord = "ns1.example.org. hostmaster.example.org. 1 7200 3600 1209600 300"
	nsRecord  = "ns1.example.org."
	ttl       = 300
)

// appendHost appends the name of the i-th host, without the last dot.
func appendHost(b []byte, i int) []byte { return appendName(b, "host", i) }

// appendMiss appends the i-th name that the zone does not have.
func appendMiss(b []byte, i int) []byte { return appendName(b, "miss", i) }

func appendName(b []byte, prefix string, i int) []byte {
	b = append(b, prefix...)
	for width := 10_000_000; width > i && width > 1; width /= 10 {
		b = append(b, '0')
	}
	b = strconv.AppendInt(b, int64(i), 10)
	return append(b, "."+origin...)
}

func hostName(i int) string { return string(appendHost(nil, i)) }

// appendAddress appends the address of the i-th host.
func appendAddress(b []byte, i int) []byte {
	return fmt.Appendf(b, "10.%d.%d.%d", byte(i>>16), byte(i>>8), byte(i))
}

// writeRows writes the rows of hosts from first to last-1, with a tab between columns: name, type, ttl, record.
func writeRows(w io.Writer, first, last int) error {
	out := bufio.NewWriterSize(w, 1<<20)
	for i := first; i < last; i++ {
		row := append(appendHost(out.AvailableBuffer(), i), "\tA\t"...)
		row = append(strconv.AppendInt(row, ttl, 10), '\t')
		out.Write(append(appendAddress(row, i), '\n'))
	}
	return out.Flush()
}

// writeZoneFile writes the zone as a master file.
func writeZoneFile(path string, names int) error {
	return writeFile(path, func(out *bufio.Writer) {
		fmt.Fprintf(out, "%[1]s. %[2]d IN SOA %[3]s\n%[1]s. %[2]d IN NS %[4]s\n", origin, ttl, soaRecord, nsRecord)
		for i := range names {
			line := append(appendHost(out.AvailableBuffer(), i), ". 300 IN A "...)
			out.Write(append(appendAddress(line, i), '\n'))
		}
	})
}

// writeQueries writes what dnsperf asks: names chosen at random, always the same ones, for A.
func writeQueries(path string, queries, names int, appendName func([]byte, int) []byte) error {
	random := rand.New(rand.NewPCG(1, uint64(names))) //nolint:gosec // the same in every run
	return writeFile(path, func(out *bufio.Writer) {
		for range queries {
			out.Write(append(appendName(out.AvailableBuffer(), random.IntN(names)), " A\n"...))
		}
	})
}

// writeFile creates a file. The writer keeps the first error until the end.
func writeFile(path string, write func(*bufio.Writer)) error {
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
