package misp

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// text reads a string, number or truth value as a string, and anything else as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch b[0] {
	case '"':
		return json.Unmarshal(b, (*string)(t))
	case '{', '[', 'n':
		return nil
	}
	*t = text(b)
	return nil
}

// flag reads a truth value, or a string or number that means one.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	var t text
	err := t.UnmarshalJSON(b)
	*f = t == "true" || t == "1"
	return err
}

// list reads a list element by element, so that one of an odd kind costs only itself.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	var raw []json.RawMessage
	if b[0] != '[' {
		return nil
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	for _, one := range raw {
		var v T
		if json.Unmarshal(one, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

type rawEvent struct {
	UUID      text            `json:"uuid"`
	Info      text            `json:"info"`
	Date      text            `json:"date"`
	Timestamp text            `json:"timestamp"`
	Orgc      named           `json:"Orgc"`
	Tag       list[named]     `json:"Tag"`
	Object    list[rawObject] `json:"Object"`
}

type named struct {
	Name text `json:"name"`
}

func (n *named) UnmarshalJSON(b []byte) error {
	*n = named{}
	if b[0] != '{' {
		return nil
	}
	var fields struct {
		Name text `json:"name"`
	}
	err := json.Unmarshal(b, &fields)
	n.Name = fields.Name
	return err
}

type rawObject struct {
	UUID      text               `json:"uuid"`
	Name      text               `json:"name"`
	Timestamp text               `json:"timestamp"`
	Deleted   flag               `json:"deleted"`
	FirstSeen text               `json:"first_seen"`
	LastSeen  text               `json:"last_seen"`
	Tag       list[named]        `json:"Tag"`
	Attribute list[rawAttribute] `json:"Attribute"`
}

type rawAttribute struct {
	Relation text        `json:"object_relation"`
	Value    text        `json:"value"`
	Deleted  flag        `json:"deleted"`
	Tag      list[named] `json:"Tag"`
}

// values returns what an object says under a name, without attributes that are deleted or empty.
func (o *rawObject) values(relation string) []string {
	var all []string
	for _, a := range o.Attribute {
		if string(a.Relation) == relation && !bool(a.Deleted) && strings.TrimSpace(string(a.Value)) != "" {
			all = append(all, string(a.Value))
		}
	}
	return all
}

func (o *rawObject) value(relation string) string {
	if all := o.values(relation); len(all) > 0 {
		return all[0]
	}
	return ""
}

// tags returns the names of an object's tags and of its attributes'.
func (o *rawObject) tags() []string {
	all := names(o.Tag)
	for _, a := range o.Attribute {
		all = append(all, names(a.Tag)...)
	}
	return all
}

func names(tags []named) []string {
	var all []string
	for _, t := range tags {
		all = append(all, string(t.Name))
	}
	return all
}

// moment reads a time: seconds since 1970, RFC 3339, or a day.
func moment(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<40 {
		return time.Unix(n, 0).UTC(), true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1970 && t.Year() < 10_000 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
