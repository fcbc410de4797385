package cache

import (
	"slices"
	"strings"

	"github.com/dunglas/httpsfv"

	"github.com/seawall-project/seawall"
)

// The bounds of what is kept of an answer's tags.
const (
	maxTags   = 64
	maxTagLen = 128 // bytes
)

// tags are the groups that an answer belongs to, by which its owner can have it forgotten.
type tags struct {
	list []string
	more bool // there were more, or longer ones, than are kept: it counts as belonging to every group
}

// tagsOf returns the groups that f names: in Cache-Groups, a list of strings (RFC 9875, section 2), and in Cache-Tag, as content
// networks have it, with commas or blanks between them.
func tagsOf(f seawall.Fields) tags {
	var t tags
	t.addGroups(f, "Cache-Groups")
	for value := range f.Values("Cache-Tag") {
		for tag := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
			t.add(tag)
		}
	}
	return t
}

// addGroups adds what the field called name lists. A malformed field lists nothing, and what is no string is left out.
func (t *tags) addGroups(f seawall.Fields, name string) {
	if !f.Has(name) {
		return
	}
	list, err := httpsfv.UnmarshalList(slices.Collect(f.Values(name)))
	if err != nil {
		return
	}
	for _, member := range list {
		if item, ok := member.(httpsfv.Item); ok {
			if group, ok := item.Value.(string); ok {
				t.add(group)
			}
		}
	}
}

func (t *tags) add(tag string) {
	switch {
	case tag == "" || slices.Contains(t.list, tag):
	case len(t.list) == maxTags || len(tag) > maxTagLen:
		t.more = true
	default:
		t.list = append(t.list, strings.Clone(tag))
	}
}

// has reports whether the answer belongs to the group called tag.
func (t *tags) has(tag string) bool { return t.more || slices.Contains(t.list, tag) }

// bytes returns what the tags take.
func (t *tags) bytes() int {
	n := 0
	for _, tag := range t.list {
		n += len(tag) + tagOverhead
	}
	return n
}

const tagOverhead = 32
