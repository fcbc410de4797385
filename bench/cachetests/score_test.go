package cachetests

import (
	"fmt"
	"slices"
	"strings"
)

// scores are how many tests of each kind came out well, as https://cache-tests.fyi counts: a test whose ground is not given because
// another failed has not come out well. Checks are questions that may be answered with yes or no; they count towards All.
type scores struct {
	Required, Optimal, Checks, All int
}

// Floors: what the edge reached. They only go up.
var (
	fullFloors     = scores{Required: 152, Optimal: 86, Checks: 51, All: 289}
	releasedFloors = scores{Required: 132, Optimal: 67, Checks: 30, All: 229}
)

func (s scores) String() string {
	return fmt.Sprintf("required %d, optimal %d, checks answered with yes %d, all %d", s.Required, s.Optimal, s.Checks, s.All)
}

// outcomes maps each test's id to what came of it, in the suite's words.
type outcomes map[string]string

// judge reads results as the suite's own page does.
func judge(results []result) outcomes {
	byID := make(map[string]*result, len(results))
	for i := range results {
		byID[results[i].ID] = &results[i]
	}
	all := make(outcomes, len(results))
	var outcome func(r *result) string
	outcome = func(r *result) string {
		if r == nil || !r.Ran {
			return "untested"
		}
		for _, id := range r.Depends {
			if o := outcome(byID[id]); o != "pass" && o != "yes" {
				return "dependency_fail"
			}
		}
		return r.outcome()
	}
	for i := range results {
		all[results[i].ID] = outcome(&results[i])
	}
	return all
}

// outcome is what came of the test, its dependencies aside.
func (r *result) outcome() string {
	failure := string(r.Failure)
	switch {
	case !r.Passed && strings.HasPrefix(failure, `["Setup","retry"`):
		return "retry"
	case !r.Passed && strings.HasPrefix(failure, `["Setup"`):
		return "setup_fail"
	case !r.Passed && (!strings.HasPrefix(failure, "[") || strings.HasPrefix(failure, `["AbortError"`)):
		return "harness_fail"
	case r.kind() == "check":
		return map[bool]string{true: "yes", false: "no"}[r.Passed]
	case r.Passed:
		return "pass"
	case r.kind() == "optimal":
		return "optional_fail"
	default:
		return "fail"
	}
}

func (r *result) kind() string {
	if r.Kind == "" {
		return "required"
	}
	return r.Kind
}

// count adds the outcomes up.
func (o outcomes) count(results []result) (s, most scores) {
	for i := range results {
		r := &results[i]
		good := 0
		if out := o[r.ID]; out == "pass" || out == "yes" {
			good = 1
		}
		s.All, most.All = s.All+good, most.All+1
		switch r.kind() {
		case "required":
			s.Required, most.Required = s.Required+good, most.Required+1
		case "optimal":
			s.Optimal, most.Optimal = s.Optimal+good, most.Optimal+1
		default:
			s.Checks, most.Checks = s.Checks+good, most.Checks+1
		}
	}
	return s, most
}

// golden writes the outcomes down, one test a line, in the suite's order.
func (o outcomes) golden(results []result) string {
	var b strings.Builder
	for i := range results {
		fmt.Fprintf(&b, "%s %s %s\n", results[i].kind(), results[i].ID, o[results[i].ID])
	}
	return b.String()
}

// parseGolden reads what golden wrote.
func parseGolden(text string) outcomes {
	o := outcomes{}
	for line := range strings.Lines(text) {
		if f := strings.Fields(line); len(f) == 3 {
			o[f[1]] = f[2]
		}
	}
	return o
}

// differing returns the ids that came out otherwise than golden has it.
func (o outcomes) differing(golden outcomes) []string {
	var ids []string
	for id, out := range o {
		if golden[id] != out {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
