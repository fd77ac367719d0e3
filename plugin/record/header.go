package record

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// rrtype reads the type column: a number, a mnemonic or TYPEnnn (RFC 3597, 5).
func rrtype(s string) (uint16, *fault) {
	t, ok := typeNamed(s)
	if !ok {
		word := strings.ToUpper(trim(s))
		if word == "" {
			return 0, &fault{"type is empty", "write a record type, such as A or TXT"}
		}
		if t, ok = typeNamed(word); !ok {
			if like, ok := likeALIAS[word]; ok {
				return 0, &fault{"type " + quote(s) + " " + like.problem, like.advice}
			}
			n, isNumber := numberAfter(word, "TYPE")
			if !isNumber {
				return 0, &fault{"type " + quote(s) + " is unknown",
					"write a mnemonic such as A, a number from 1 to 65534, or TYPE and that number"}
			}
			if n > 65535 {
				return 0, &fault{"type " + quote(s) + " is out of range", "write a number from 1 to 65534"}
			}
			t = uint16(n)
		}
	}
	if isMeta(t) {
		return 0, &fault{"type " + quote(s) + " is for queries and messages only, not for data",
			"write the type of the data, such as A, or delete the row"}
	}
	return t, nil
}

// isMeta reports whether no zone can hold records of type t (RFC 6895, 3.1): 0 and 65535 are reserved, 128 to 255 are
// meta and query types, and OPT belongs to a message.
func isMeta(t uint16) bool {
	return t == 0 || t == 65535 || t == dns.TypeOPT || 128 <= t && t <= 255
}

// class reads the class column. Only IN is served, so there is nothing to return but what is wrong.
func class(s string) *fault {
	if s == "" || s == "IN" || s == "1" {
		return nil
	}
	word := strings.ToUpper(trim(s))
	if word == "" || word == "IN" {
		return nil
	}
	if n, ok := numberAfter(word, "CLASS"); ok && n == dns.ClassINET {
		return nil
	}
	return &fault{"class " + quote(s) + " is not served, only class IN is", "write IN, 1 or NULL"}
}

// numberAfter reads a decimal number, bare or after prefix. One too large to matter comes back as 65536.
func numberAfter(word, prefix string) (int, bool) {
	word = strings.TrimPrefix(word, prefix)
	if !isDigits(word) {
		return 0, false
	}
	n, err := strconv.ParseUint(word, 10, 16)
	if err != nil {
		return 65536, true
	}
	return int(n), true
}

// isDigits reports whether s is one or more ASCII digits.
func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// maxTTL is the largest TTL (RFC 2181, 8), in seconds.
const maxTTL = 1<<31 - 1

// ttl reads the TTL column: seconds in decimal, nothing else.
func ttl(s string, defaultTTL uint32) (uint32, *fault) {
	word := trim(s)
	if word == "" {
		return defaultTTL, nil
	}
	if !isDigits(word) {
		return 0, &fault{"ttl " + quote(s) + " is not a number of seconds",
			"write digits only, such as 3600 (units as in 1h are not read), or NULL for the default"}
	}
	n, err := strconv.ParseUint(word, 10, 32)
	if err != nil || n > maxTTL {
		return 0, &fault{"ttl " + quote(s) + " is too large", fmt.Sprintf("write at most %d seconds", maxTTL)}
	}
	return uint32(n), nil
}
