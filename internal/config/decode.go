package config

import (
	"slices"
	"strings"
)

// decoder walks nodes along the keys in keys.go and fills a Config.
type decoder struct {
	*report
	config  *Config
	names   map[string]string // host name → path of the site's key that took it first
	watched map[string]string // host of a watched site → path of the one that took it first
	titled  map[string]string // the same of names that were given to watched sites
	noMail  string            // path of the first channel that needs a mail server, "" for none
}

func decode(r *report, root *node) (*Config, error) {
	c := &Config{
		Listen: []string{DefaultListen},
		Admin:  DefaultAdmin,
		Cache:  Cache{Memory: DefaultMemory},
		ACME:   ACME{Directory: LetsEncrypt},
		Log:    AccessLog{To: LogStderr, Hertz: DefaultHertz},
		source: r.source,
	}
	d := &decoder{report: r, config: c, names: map[string]string{}, watched: map[string]string{}, titled: map[string]string{}}
	d.root(root, "")
	d.oneTLS()
	if err := r.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// reader takes the value at a path, or reports what is wrong with it.
type reader func(n *node, path string)

// key is one key of a mapping.
type key struct {
	name string
	need string // for a required key: an example value
	read reader
}

// mapping reads n by its keys. It returns the names that n gives, counting an unknown one as the known one it seems to mean.
func (d *decoder) mapping(n *node, path string, keys ...key) map[string]bool {
	given := map[string]bool{}
	if !d.is(n, path, object) {
		return given
	}
	for _, e := range n.entries {
		p := child(path, e.name)
		i := slices.IndexFunc(keys, func(k key) bool { return k.name == e.name })
		if i < 0 {
			given[d.unknown(e.name, p, keys)] = true
			continue
		}
		given[e.name] = true
		keys[i].read(e.value, p)
	}
	for _, k := range keys {
		if k.need != "" && !given[k.name] {
			d.missing(n, path, k)
		}
	}
	return given
}

func (d *decoder) missing(n *node, path string, k key) {
	if n.kind == object && !n.partial {
		d.add(child(path, k.name), fault{"is missing", "add " + k.name + ": " + k.need})
	}
}

func (d *decoder) unknown(name, path string, keys []key) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	meant := closest(name, names)
	remedy := "known here: " + strings.Join(names, ", ")
	if meant != "" {
		remedy = "did you mean " + meant + "?"
	}
	d.add(path, fault{"is not a known key", remedy})
	return meant
}

// into reads one value by parse. It sets dst to the zero value when it cannot.
func into[T any](d *decoder, dst *T, parse func(string) (T, *fault)) reader {
	return func(n *node, path string) { *dst, _ = one(d, n, path, parse) }
}

// intoList reads a list by parse, item by item.
func intoList[T any](d *decoder, dst *[]T, parse func(string) (T, *fault)) reader {
	return func(n *node, path string) {
		*dst = nil
		if !d.is(n, path, list) {
			return
		}
		for i, it := range n.items {
			if v, ok := one(d, it, item(path, i), parse); ok {
				*dst = append(*dst, v)
			}
		}
	}
}

func one[T any](d *decoder, n *node, path string, parse func(string) (T, *fault)) (zero T, ok bool) {
	if !d.is(n, path, scalar) {
		return zero, false
	}
	v, f := parse(n.text)
	if f != nil {
		d.add(path, *f)
		return zero, false
	}
	return v, true
}

var kindRemedies = [...]string{
	scalar: "write one value",
	list:   `write each item on a line of its own after "- "`,
	object: "write its keys indented on the lines below",
}

// is reports whether n is of the kind wanted, and the problem when it is not.
func (d *decoder) is(n *node, path string, want kind) bool {
	switch n.kind {
	case want:
		return true
	case null:
		d.add(path, fault{"has no value", "write one, or remove it"})
	case scalar, list, object:
		d.add(path, fault{"is " + n.kind.String() + " where " + want.String() + " belongs", kindRemedies[want]})
	}
	return false
}
