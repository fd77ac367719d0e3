package textforms

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// refusal is a row of the table in docs/text.md: a line, and whether BIND, Knot or both read it.
var refusal = regexp.MustCompile("(?m)^\\| `(x .*)` \\| (both|BIND|Knot) \\| .* \\|$")

// What BIND or Knot read and mysqldns refuses is as docs/text.md says.
func TestRefusals(t *testing.T) {
	requirePrograms(t)
	text, err := os.ReadFile("../../docs/text.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := refusal.FindAllStringSubmatch(string(text), -1)
	if len(rows) < 10 {
		t.Fatalf("only %d lines in the table", len(rows))
	}
	kzonecheck, err := find("kzonecheck")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zone")
	for _, row := range rows {
		zone := head + row[1] + "\n"
		_, bindErr := bind(ctx, dir, zone, "text")
		if err := os.WriteFile(path, []byte(zone), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := exec.CommandContext(ctx, kzonecheck, "-o", apex, path).CombinedOutput()
		byKnot := err == nil || !strings.Contains(string(said), "failed to run semantic checks") // which also fail if it refuses the zone
		readers := map[[2]bool]string{{true, true}: "both", {true, false}: "BIND", {false, true}: "Knot"}[[2]bool{bindErr == nil, byKnot}]
		if readers != row[2] {
			t.Errorf("%s: read by %q, the table says %q", row[1], readers, row[2])
		}
		if _, err := ours(zone); err == nil {
			t.Errorf("%s: mysqldns reads it", row[1])
		}
	}
	t.Logf("%d lines that BIND or Knot read and mysqldns refuses", len(rows))
}
