package master

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readAt reads a master file that is in a folder with others.
func readAt(dir, text string) error {
	r := NewReader(strings.NewReader(text), "zone", Options{Path: filepath.Join(dir, "zone"), Origin: "example.org."})
	defer r.Close()
	for r.Next() {
	}
	return r.Err()
}

func TestIncludeEnds(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"self":  "$INCLUDE self\n",
		"there": "$INCLUDE back\n",
		"back":  "$INCLUDE there\n",
		"zone":  "$INCLUDE zone\n", // the file that is read, which the Reader knows by its path alone
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"self", "there", "zone"} {
		if err := readAt(dir, "$INCLUDE "+name+"\n"); err == nil || !strings.Contains(err.Error(), "is being read already") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
