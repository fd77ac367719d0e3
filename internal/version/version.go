// Package version says which version of mysqldns a program was built from.
package version

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// module is where the version stands in a program that uses mysqldns as a library. The programs of this repository are such too: they
// are in a module of their own below it.
const module = "github.com/mysqldns/mysqldns"

// A build that has neither a tag nor git at hand, as from an archive of the source, sets these:
//
//	-ldflags "-X github.com/mysqldns/mysqldns/internal/version.number=0.1.0 -X ….commit=0123abc"
//
// Every other build leaves them empty, and what the go command wrote into the program counts.
var (
	number string
	commit string
)

// unknown is what a program says that was built without git, as by "go run" or with -buildvcs=false.
const unknown = "devel"

// Number is the version without the v of its tag: "0.1.0", a pseudo-version for a commit between tags, or "devel".
func Number() string {
	info, _ := debug.ReadBuildInfo()
	return strings.TrimPrefix(cmp.Or(number, fromBuild(info), unknown), "v")
}

// Commit is the commit that the program was built from, seven digits of it, or "" if unknown. It ends in "-dirty" if
// files differed from that commit.
func Commit() string {
	info, _ := debug.ReadBuildInfo()
	return cmp.Or(commit, revision(info))
}

// Line is what "--version" of a program prints, without a final newline: "mysqldns 0.1.0 (linux/amd64, go1.26.0, 0123abc)".
func Line(program string) string {
	details := []string{runtime.GOOS + "/" + runtime.GOARCH, runtime.Version()}
	if c := Commit(); c != "" {
		details = append(details, c)
	}
	return fmt.Sprintf("%s %s (%s)", program, Number(), strings.Join(details, ", "))
}

// fromBuild is the version that the go command wrote down, or "": the programs of this repository take the module from the folder
// above, whatever its version.
func fromBuild(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path != module {
			continue
		}
		if m.Replace != nil {
			return ""
		}
		return m.Version
	}
	return ""
}

// revision is the commit that the go command wrote down, or "" if that is not one of this repository.
func revision(info *debug.BuildInfo) string {
	if info == nil || !strings.HasPrefix(info.Main.Path, module+"/") {
		return ""
	}
	hash, dirty := "", ""
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			hash = setting.Value
		case "vcs.modified":
			if setting.Value == "true" {
				dirty = "-dirty"
			}
		}
	}
	if len(hash) < 7 {
		return ""
	}
	return hash[:7] + dirty
}
