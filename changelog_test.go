package mysqldns

import "testing"

func TestMicrosecondsOf(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1700000000": 17e14, "1700000000.5": 17e14 + 500_000, "1700000000.123456": 17e14 + 123_456, "1.1234567": 1_123_456} {
		if got, err := microsecondsOf(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, bad := range []string{"x", "1.7e9", "1.x"} {
		if got, err := microsecondsOf(bad); err == nil {
			t.Errorf("%q: %d", bad, got)
		}
	}
}
