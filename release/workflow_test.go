package release

import (
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"
)

// workflows are the files of all workflows.
func workflows(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows (%v)", err)
	}
	return files
}

func TestWorkflowsAreValid(t *testing.T) {
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found, err := linter.LintFiles(workflows(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range found {
		t.Error(problem)
	}
}

// A job that hangs, one that may write, and an action that changes under us are what CI is abused or broken by.
func TestJobsAreBounded(t *testing.T) {
	for _, file := range workflows(t) {
		workflow, problems := actionlint.Parse([]byte(read(t, file)))
		if len(problems) > 0 {
			t.Fatalf("%s: %v", file, problems)
		}
		name := filepath.Base(file)
		if p := workflow.Permissions; p == nil || len(p.Scopes) != 1 || p.Scopes["contents"] == nil || p.Scopes["contents"].Value.Value != "read" {
			t.Errorf("%s: its permissions are not \"contents: read\"; a job may ask for more", name)
		}
		if workflow.Concurrency == nil {
			t.Errorf("%s: no concurrency", name)
		}
		for id, job := range workflow.Jobs {
			if job.WorkflowCall == nil && job.TimeoutMinutes == nil {
				t.Errorf("%s: job %s has no timeout-minutes", name, id)
			}
			for _, step := range job.Steps {
				action, ok := step.Exec.(*actionlint.ExecAction)
				if ok && !regexp.MustCompile(`^[\w-]+/[\w-]+@(v\d+|[0-9a-f]{40})$`).MatchString(action.Uses.Value) {
					t.Errorf("%s: job %s uses %s, not a major version or a commit", name, id, action.Uses.Value)
				}
			}
		}
	}
}

func TestWorkflowsUseTheGoOfGoMod(t *testing.T) {
	minor := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../cmd/go.mod"))
	if minor == nil {
		t.Fatal("cmd/go.mod names no Go")
	}
	for _, file := range workflows(t) {
		text := read(t, file)
		if !strings.Contains(text, `GO_VERSION: "`+minor[1]+`"`) {
			t.Errorf("%s: GO_VERSION is not cmd/go.mod's %s", filepath.Base(file), minor[1])
		}
		if got, want := strings.Count(text, "go-version: ${{ env.GO_VERSION }}"), strings.Count(text, "actions/setup-go@"); got != want {
			t.Errorf("%s: %d of %d uses of setup-go take GO_VERSION", filepath.Base(file), got, want)
		}
	}
}
