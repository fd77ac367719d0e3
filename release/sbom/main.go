// Command sbom writes the bill of materials of a Go program, in the CycloneDX form: every module that is compiled into it, as
// the program itself says. So it is what was built, not what a lock file would have had built.
package main

import (
	"cmp"
	"debug/buildinfo"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"runtime/debug"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	version := flag.String("version", "", "version of the program, such as v0.1.0; default: what it says itself")
	date := flag.String("date", time.Now().UTC().Format(time.RFC3339), "date of the bill, as in RFC 3339")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: sbom [-version VERSION] [-date DATE] PROGRAM FILE")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(flag.Arg(0), flag.Arg(1), *version, *date); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// run writes the bill of a program to a file.
func run(program, file, version, date string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := encode(f, bill(info, version, date)); err != nil {
		return err
	}
	return f.Close()
}

func encode(w io.Writer, bom *cdx.BOM) error {
	// The newest form that every reader of such bills knows by now.
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
}

// bill is the program as one component, and what it is made of as others: the standard library and all modules.
func bill(info *debug.BuildInfo, version, date string) *cdx.BOM {
	program := component(info.Main.Path, cmp.Or(version, info.Main.Version))
	program.Type, program.Name = cdx.ComponentTypeApplication, path.Base(info.Path)
	components := []cdx.Component{component("std", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		c := component(module.Path, module.Version)
		if module.Sum != "" {
			c.Properties = &[]cdx.Property{{Name: "go.sum", Value: module.Sum}}
		}
		components = append(components, c)
	}
	var parts []string
	for _, c := range components {
		parts = append(parts, c.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Timestamp: date, Component: &program}
	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: program.BOMRef, Dependencies: &parts}}
	return bom
}

// component is a module as a library, under its name in package URLs.
func component(module, version string) cdx.Component {
	purl := "pkg:golang/" + module + "@" + strings.ReplaceAll(version, "+", "%2B") // as in v1.0.0+incompatible
	return cdx.Component{BOMRef: purl, Type: cdx.ComponentTypeLibrary, Name: module, Version: version, PackageURL: purl}
}
