package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func TestBillOfAProgram(t *testing.T) {
	program, err := os.Executable() // this test: it has cyclonedx-go in it
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "bill.json")
	if err := run(program, file, "1.2.3", "2026-11-23T00:00:00Z"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(text), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if got := bom.Metadata.Component.Version; got != "1.2.3" {
		t.Errorf("the program's version is %q", got)
	}
	for _, want := range []string{
		"pkg:golang/std@" + strings.TrimPrefix(runtime.Version(), "go"),
		"pkg:golang/github.com/CycloneDX/cyclonedx-go@v",
	} {
		if !strings.Contains(string(text), `"purl": "`+want) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
}

func TestComponentsOfABill(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.26.8", Path: "github.com/mysqldns/mysqldns/cmd/coredns",
		Main: debug.Module{Path: "github.com/mysqldns/mysqldns", Version: "v0.1.0"},
		Deps: []*debug.Module{
			{Path: "github.com/go-sql-driver/mysql", Version: "v1.10.1", Sum: "h1:abc="},
			{Path: "github.com/Azure/azure-sdk-for-go", Version: "v68.0.0+incompatible"},
			{Path: "example.org/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.org/new", Version: "v1.0.1"}},
		},
	}
	bom := bill(info, "", "2026-11-23T00:00:00Z")
	if c := bom.Metadata.Component; c.Name != "coredns" || c.PackageURL != "pkg:golang/github.com/mysqldns/mysqldns@v0.1.0" {
		t.Errorf("the program is %s, %s", c.Name, c.PackageURL)
	}
	var got []string
	for _, c := range *bom.Components {
		got = append(got, c.PackageURL)
	}
	want := "pkg:golang/std@1.26.8 pkg:golang/github.com/go-sql-driver/mysql@v1.10.1 " +
		"pkg:golang/github.com/Azure/azure-sdk-for-go@v68.0.0%2Bincompatible pkg:golang/example.org/new@v1.0.1"
	if strings.Join(got, " ") != want {
		t.Errorf("components are\n%s, want\n%s", strings.Join(got, " "), want)
	}
	if got := *(*bom.Components)[1].Properties; got[0].Value != "h1:abc=" {
		t.Errorf("the sum of the module is %v", got)
	}
	if got := *(*bom.Dependencies)[0].Dependencies; len(got) != 4 {
		t.Errorf("the program is made of %v", got)
	}
}

func TestWhatIsNoGoProgram(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/text", []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir+"/text", dir+"/bill.json", "", ""); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(dir + "/bill.json"); err == nil {
		t.Error("it wrote a bill")
	}
}
