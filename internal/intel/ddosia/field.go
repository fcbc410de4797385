package ddosia

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// row is any object of a list: an order or a random. Its fields accept whatever they are given.
type row struct {
	TargetID  text  `json:"target_id"`
	RequestID text  `json:"request_id"`
	Host      text  `json:"host"`
	IP        text  `json:"ip"`
	Type      text  `json:"type"`
	Method    text  `json:"method"`
	Port      whole `json:"port"`
	UseSSL    flag  `json:"use_ssl"`
	Path      text  `json:"path"`
	Body      body  `json:"body"`
	Headers   heads `json:"headers"`

	ID    text  `json:"id"`
	Name  text  `json:"name"`
	Digit flag  `json:"digit"`
	Upper flag  `json:"upper"`
	Lower flag  `json:"lower"`
	Min   whole `json:"min"`
	Max   whole `json:"max"`
}

// text reads a string, number or truth value as a string, and anything else as "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch b[0] {
	case '"':
		if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
			*t = text(b[1 : len(b)-1]) // most strings, at a fraction of the cost
			return nil
		}
		return json.Unmarshal(b, (*string)(t))
	case '{', '[', 'n':
		return nil
	}
	*t = text(b)
	return nil
}

// whole reads a number, or a string that holds one, as a whole number; anything else as 0.
type whole int

func (n *whole) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	*n = 0
	f, err := strconv.ParseFloat(strings.TrimSpace(string(t)), 64)
	if err == nil && math.Abs(f) <= math.MaxInt32 {
		*n = whole(f)
	}
	return nil
}

// flag reads a truth value, or a string or number that means one; anything else as false.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	var t text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(string(t))) {
	case "true", "1", "yes":
		*f = true
	default:
		*f = false
	}
	return nil
}

// body reads a body object; a bare string is its value.
type body Body

func (b *body) UnmarshalJSON(raw []byte) error {
	*b = body{}
	switch raw[0] {
	case '{':
		var fields struct{ Type, Value text }
		err := json.Unmarshal(raw, &fields)
		*b = body{Type: string(fields.Type), Value: string(fields.Value)}
		return err
	case '"':
		return json.Unmarshal(raw, &b.Value)
	}
	return nil
}

// heads reads a list of {name, value} objects, or one object of names and values in the order written.
type heads []Header

func (h *heads) UnmarshalJSON(raw []byte) error {
	*h = nil
	switch raw[0] {
	case '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		for _, one := range list[:min(len(list), MaxHeaders)] {
			var fields struct{ Name, Value text }
			if one[0] != '{' || json.Unmarshal(one, &fields) != nil || fields.Name == "" {
				continue
			}
			*h = append(*h, Header{string(fields.Name), string(fields.Value)})
		}
	case '{':
		h.readObject(raw)
	}
	return nil
}

func (h *heads) readObject(raw []byte) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token() // the brace: raw is a valid object
	for dec.More() && len(*h) < MaxHeaders {
		name, err := dec.Token()
		if err != nil {
			return
		}
		var value text
		if dec.Decode(&value) != nil {
			return
		}
		if s, ok := name.(string); ok && s != "" {
			*h = append(*h, Header{s, string(value)})
		}
	}
}
