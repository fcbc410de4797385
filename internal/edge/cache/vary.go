package cache

import (
	"slices"
	"strings"

	"github.com/seawall-project/seawall"
)

// maxVary is the most request fields that a response may vary by and still be stored.
const maxVary = 16

// varied is one request field that selects a stored response (RFC 9111, section 4.1), as the request that brought it had it.
type varied struct {
	name   string // lower case
	value  string // as eachPart yields it; of Accept-Encoding the canonical one
	absent bool
	fold   bool // whether case does not matter in values
}

// varyOf returns the selecting fields of a response to r. ok is false when no request could ever select it again: Vary holds
// "*", is malformed, or names too many fields.
func varyOf(r *seawall.Request, f seawall.Fields) (list []varied, ok bool) {
	for value := range f.Values("Vary") {
		for name := range strings.SplitSeq(value, ",") {
			name = strings.ToLower(strings.Trim(name, " \t"))
			switch {
			case name == "" || name == "host" || hasVaried(list, name): // the key holds the host
				continue
			case name == "*" || tokenLen(name) != len(name) || len(list) == maxVary:
				return nil, false
			}
			list = append(list, variedOf(r, name))
		}
	}
	return list, true
}

func variedOf(r *seawall.Request, name string) varied {
	if name == acceptEncoding {
		return varied{name: name, value: encodingsOf(r.Fields).String()}
	}
	v := varied{name: name, absent: !r.Fields.Has(name), fold: foldsCase(name)}
	var b strings.Builder
	eachPart(r.Fields, name, func(part string) bool {
		b.WriteString(part)
		return true
	})
	v.value = b.String()
	return v
}

func hasVaried(list []varied, name string) bool {
	for i := range list {
		if list[i].name == name {
			return true
		}
	}
	return false
}

// foldsCase names the fields whose values are known to be case-insensitive (RFC 9110, section 8.5.1).
func foldsCase(name string) bool { return name == "accept-language" }

// fits reports whether r has the same selecting field; of Accept-Encoding, the same canonical value (normalisation as RFC 9111,
// section 4.1, allows). It does not allocate.
func (v *varied) fits(r *seawall.Request) bool {
	if v.name == acceptEncoding {
		return encodingsOf(r.Fields).String() == v.value
	}
	seen, rest := false, v.value
	ok := eachPart(r.Fields, v.name, func(part string) bool {
		seen = true
		if len(rest) < len(part) {
			return false
		}
		head := rest[:len(part)]
		rest = rest[len(part):]
		return head == part || v.fold && strings.EqualFold(head, part)
	})
	if !seen && r.Fields.Has(v.name) {
		seen = true // present and empty is not absent
	}
	return ok && rest == "" && seen != v.absent
}

// eachPart yields the members of the fields called name with commas between them, without blanks around them: field lines
// combined and white space normalised, as RFC 9111, section 4.1, has it for comparing.
func eachPart(f seawall.Fields, name string, yield func(part string) bool) bool {
	first := true
	for i := range f {
		if len(f[i].Name) != len(name) || !strings.EqualFold(f[i].Name, name) {
			continue
		}
		value := f[i].Value
		for more := true; more; {
			var member string
			member, value, more = strings.Cut(value, ",")
			if member = strings.Trim(member, " \t"); member == "" {
				continue
			}
			if !first && !yield(",") || !yield(member) {
				return false
			}
			first = false
		}
	}
	return true
}

// sameVary reports whether two responses are selected by the same request fields with the same values.
func sameVary(a, b []varied) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !slices.Contains(b, a[i]) {
			return false
		}
	}
	return true
}
