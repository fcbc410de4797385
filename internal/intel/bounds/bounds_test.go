package bounds

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	for text, want := range map[string]error{
		"": nil, "1": nil, `{"a":[1,2]}`: nil, `"{{{{,,,,,,,,"`: nil, `"\"{{{{[[["`: nil, "]]]][": nil,
		"[[[[": ErrDeep, `{"a":{"b":{"c":{}}}}`: ErrDeep,
		"[1,2,3,4,5,6]": ErrMany, "[{},{},{}]": ErrMany, "[],[],[]": nil, "[],[],[],[]": ErrMany,
	} {
		if got := JSON([]byte(text), 3, 5); !errors.Is(got, want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	long := []byte("[" + strings.Repeat("{},", 1<<20) + "{}]")
	if n := testing.AllocsPerRun(1, func() { _ = JSON(long, 64, 1<<30) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzJSON holds that no document with more values than allowed passes.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{"", "[1,2,3]", `{"a":"\\\",[","b":[{}]}`, "[[[", `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v any
		if JSON([]byte(text), 3, 20) != nil || json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		if n, deep := sizeOf(v); n > 21 || deep > 3 {
			t.Errorf("%q has %d values, %d deep", text, n, deep)
		}
	})
}

// sizeOf counts the members of v, and how deep they nest. Of keys that come twice the decoder keeps one.
func sizeOf(v any) (n, deep int) {
	n = 1
	var all []any
	switch v := v.(type) {
	case []any:
		all, deep = v, 1
	case map[string]any:
		for _, x := range v {
			all = append(all, x)
		}
		deep = 1
	}
	most := 0
	for _, x := range all {
		m, d := sizeOf(x)
		n, most = n+m, max(most, d)
	}
	if len(all) > 0 {
		n-- // the first member has no comma before it
	}
	return n, deep + most
}
