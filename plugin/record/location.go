package record

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// A place as LOC has it (RFC 1876, 2), in thousandths of a second of arc and in centimetres.
const (
	arcDegree    = 60 * 60 * 1000
	equator      = 1 << 31  // latitude and longitude count from here
	belowSea     = 10000000 // centimetres that the altitude counts from
	highest      = 1<<32 - 1 - belowSea
	locationSize = 16
)

// location is all of LOC: D [M [S]] N|S  D [M [S]] E|W  ALTITUDE [SIZE [HORIZONTAL [VERTICAL]]] (RFC 1876, 3).
var location = part{min: 5, max: 12,
	compose: func(c *composer) *fault {
		latitude, f := composeArc(c, "N", "S", 90)
		if f != nil {
			return f
		}
		longitude, f := composeArc(c, "E", "W", 180)
		if f != nil {
			return f
		}
		if len(c.fields) == 0 {
			return refused(c.rrtype, "the altitude is missing")
		}
		word, f := c.word()
		if f != nil {
			return f
		}
		altitude, ok := centimetres(word)
		if !ok || altitude < -belowSea || altitude > highest {
			return c.wrong(word, "is not an altitude from -100000m to 42849672.95m")
		}
		sizes := [3]byte{0x12, 0x16, 0x13} // 1m, 10000m, 10m
		for i := 0; i < len(sizes) && len(c.fields) > 0; i++ {
			if word, f = c.word(); f != nil {
				return f
			}
			n, ok := centimetres(word)
			if !ok || n < 0 || n > 9e9 {
				return c.wrong(word, "is not a size or precision from 0m to 90000000m")
			}
			sizes[i] = power(n)
		}
		c.out = append(c.out, 0, sizes[0], sizes[1], sizes[2])
		c.out = binary.BigEndian.AppendUint32(c.out, latitude)
		c.out = binary.BigEndian.AppendUint32(c.out, longitude)
		c.out = binary.BigEndian.AppendUint32(c.out, uint32(altitude+belowSea))
		return nil
	},
	show: showLocation,
}

// composeArc reads degrees, minutes and seconds and the hemisphere; minutes and seconds may be missing.
func composeArc(c *composer, positive, negative string, most int64) (uint32, *fault) {
	var arc int64
	scale := int64(arcDegree)
	for i := 0; len(c.fields) > 0; i++ {
		word, f := c.word()
		if f != nil {
			return 0, f
		}
		half := strings.ToUpper(word)
		switch {
		case i > 0 && half == positive || i > 0 && half == negative:
			if arc > most*arcDegree {
				return 0, refused(c.rrtype, "more than 90 degrees of latitude or 180 of longitude")
			}
			if half == negative {
				arc = -arc
			}
			return uint32(equator + arc), nil
		case i == 3:
			return 0, c.wrong(word, "is not "+positive+" or "+negative)
		}
		decimals := 0
		if i == 2 {
			decimals = 3
		}
		n, ok := fixed(word, decimals)
		if i == 0 && (!ok || n > most) || i == 1 && (!ok || n > 59) || i == 2 && (!ok || n > 59999) || n < 0 {
			return 0, c.wrong(word, [3]string{"is not a number of degrees", "is not a number of minutes from 0 to 59",
				"is not a number of seconds from 0 to 59.999"}[i])
		}
		arc += n * scale
		scale /= 60
		if i == 1 {
			scale = 1 // fixed has made them thousandths
		}
	}
	return 0, refused(c.rrtype, positive+" or "+negative+" is missing")
}

// fixed reads a decimal number, with a sign or without, as a whole number of its smallest unit: with 2 decimals, 1.5 is 150.
func fixed(s string, decimals int) (int64, bool) {
	number, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(number, "+"), ".")
	if whole+fraction == "" || len(fraction) > decimals || len(whole) > 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 63)
	if negative {
		return -int64(n), err == nil
	}
	return int64(n), err == nil
}

// centimetres reads metres, with an m behind them or without.
func centimetres(s string) (int64, bool) {
	if n := len(s); n > 1 && s[n-1]|0x20 == 'm' {
		s = s[:n-1]
	}
	return fixed(s, 2)
}

// power is a number as one digit and a power of ten.
func power(n int64) byte {
	exponent := byte(0)
	for ; n > 9; n /= 10 {
		exponent++
	}
	return byte(n)<<4 | exponent
}

func showLocation(v *viewer) *fault {
	b, f := v.take(locationSize)
	if f != nil {
		return f
	}
	if b[0] != 0 {
		return v.wrong("its version is not 0")
	}
	latitude, longitude := int64(binary.BigEndian.Uint32(b[4:])), int64(binary.BigEndian.Uint32(b[8:]))
	if !v.arc(latitude, "N", "S", 90) || !v.arc(longitude, "E", "W", 180) {
		return v.wrong("more than 90 degrees of latitude or 180 of longitude")
	}
	v.word(metres(int64(binary.BigEndian.Uint32(b[12:]))-belowSea) + "m")
	for _, size := range b[1:4] {
		if size>>4 > 9 || size&15 > 9 {
			return v.wrong("a size or precision that is not a digit and a power of ten")
		}
		if size>>4 == 0 && size != 0 {
			return noText // a zero with a power
		}
		n := int64(size >> 4)
		for range size & 15 {
			n *= 10
		}
		v.word(metres(n) + "m")
	}
	return nil
}

// arc shows degrees, minutes, seconds and the half of the earth. False is a place that is not on earth.
func (v *viewer) arc(arc int64, positive, negative string, most int64) bool {
	half := positive
	if arc -= equator; arc < 0 {
		arc, half = -arc, negative
	}
	v.word(fmt.Sprintf("%d %d %d.%03d %s", arc/arcDegree, arc/60000%60, arc/1000%60, arc%1000, half))
	return arc <= most*arcDegree
}

// metres writes centimetres as metres.
func metres(n int64) string {
	sign := ""
	if n < 0 {
		n, sign = -n, "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// isDecimal reports whether s is a decimal number, with sign and fraction or without.
func isDecimal(s string) bool {
	whole, fraction, dotted := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+"), ".")
	return whole+fraction != "" && (isDigits(whole) || whole == "" && dotted) && (isDigits(fraction) || fraction == "")
}

// checkGPOS refuses what is no number (RFC 1712, 3).
func checkGPOS(rdata []byte) *fault {
	for i := 0; i < len(rdata); i += 1 + int(rdata[i]) {
		if !isDecimal(string(rdata[i+1 : i+1+int(rdata[i])])) {
			return refused(dns.TypeGPOS, "longitude, latitude and altitude are decimal numbers")
		}
	}
	return nil
}

// checkX25 refuses what is no number (RFC 1183, 3.1).
func checkX25(rdata []byte) *fault {
	if !isDigits(string(rdata[1:])) {
		return refused(dns.TypeX25, "it is digits")
	}
	return nil
}
