package config

import (
	"regexp"
	"strconv"
)

// kind is what a node is. Scalars are of one kind, because the key they stand under decides their type.
type kind uint8

const (
	broken kind = iota // could not be read, which has been reported
	null
	scalar
	list
	object
)

func (k kind) String() string {
	return [...]string{"unreadable", "nothing", "a single value", "a list", "a mapping"}[k]
}

// node is one value of the file, free of YAML.
type node struct {
	kind    kind
	text    string  // scalar: as written, without quotes
	items   []*node // list
	entries []entry // object, in the order of the file, no name twice
	partial bool    // object: a key could not be read, so none can be called missing
}

type entry struct {
	name  string
	value *node
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// child returns the path of the value under name in the mapping at path.
func child(path, name string) string {
	if !plainKey.MatchString(name) {
		name = quote(name)
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// item returns the path of the i-th item of the list at path.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
