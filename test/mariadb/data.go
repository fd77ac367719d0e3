package mariadb

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing/fstest"
)

// template is a new data directory. A server takes seconds to make one, so a process makes one and copies it.
type template struct {
	sync.Mutex
	files fstest.MapFS
}

// create makes a new data directory.
func (k kind) create(data string) error {
	k.made.Lock()
	defer k.made.Unlock()
	if k.made.files != nil {
		return os.CopyFS(data, k.made.files)
	}
	if err := k.install(data); err != nil {
		os.RemoveAll(data)
		return err
	}
	files, err := read(data)
	k.made.files = files
	return err
}

// install makes a new data directory with MariaDB's own program for it.
func install(data string) error {
	program, err := find("mariadb-install-db")
	if err != nil {
		return err
	}
	temporary, err := os.MkdirTemp("", "mysqldns-install-") // see Server.temporary
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	args := append(common(data), "--tmpdir="+temporary, "--auth-root-authentication-method=normal", "--skip-test-db")
	if output, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", program, err, output)
	}
	return nil
}

func read(dir string) (fstest.MapFS, error) {
	files := fstest.MapFS{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			files[path] = &fstest.MapFile{Mode: fs.ModeDir | 0o700}
			return nil
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = &fstest.MapFile{Data: content, Mode: 0o600}
		return err
	})
	delete(files, ".")
	delete(files, "auto.cnf") // a MySQL's own identity
	return files, err
}
