package version

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestFromBuild(t *testing.T) {
	using := func(dep *debug.Module) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: "github.com/coredns/coredns", Version: "v1.15.0"}, Deps: []*debug.Module{dep}}
	}
	for name, test := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"commit between tags":              {using(&debug.Module{Path: module, Version: "v0.1.1-0.20261123101010-0123456789ab"}), "v0.1.1-0.20261123101010-0123456789ab"},
		"no build information":             {nil, ""},
		"compiled into another CoreDNS":    {using(&debug.Module{Path: module, Version: "v0.1.0"}), "v0.1.0"},
		"dependency replaced by a folder":  {using(&debug.Module{Path: module, Version: "v0.0.0", Replace: &debug.Module{Path: "../"}}), ""},
		"program that has nothing of ours": {using(&debug.Module{Path: "github.com/miekg/dns", Version: "v1.1.73"}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fromBuild(test.info); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRevision(t *testing.T) {
	built := func(path, modified string) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Path: path}, Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "490f5dc0123456789abcdef0123456789abcdef0"}, {Key: "vcs.modified", Value: modified},
		}}
	}
	for name, test := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"clean":                  {built(module+"/cmd", "false"), "490f5dc"},
		"files differ":           {built(module+"/cmd", "true"), "490f5dc-dirty"},
		"commit of another repo": {built("github.com/coredns/coredns", "false"), ""},
		"built without git":      {&debug.BuildInfo{Main: debug.Module{Path: module + "/cmd"}}, ""},
		"no build information":   {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := revision(test.info); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatTheLinkerSetsComesFirst(t *testing.T) {
	defer func(n, c string) { number, commit = n, c }(number, commit)
	number, commit = "v1.2.3", "abcdef0"
	if got := Number(); got != "1.2.3" {
		t.Errorf("number is %q", got)
	}
	want := "mysqldns 1.2.3 (" + runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version() + ", abcdef0)"
	if got := Line("mysqldns"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
