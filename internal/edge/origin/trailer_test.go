package origin

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seawall-project/seawall"
)

// trailing is a body with fields behind it.
type trailing struct {
	*strings.Reader
	fields seawall.Fields
}

func (t *trailing) Trailers() seawall.Fields { return t.fields }

// TestRequestTrailers: what was announced, and may stand behind a body, is sent on; nothing else.
func TestRequestTrailers(t *testing.T) {
	got := make(chan string, 1)
	o := scripted(t, func(c net.Conn) {
		in := bufio.NewReader(c)
		head, _ := readHead(in)
		for !strings.HasSuffix(head, "\r\n0\r\n") {
			line, err := in.ReadString('\n')
			if head += line; err != nil {
				break
			}
		}
		end, _ := readHead(in)
		got <- head[strings.Index(head, "\r\n")+2:] + end
		io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
	})
	r := post(-1)
	r.Fields = seawall.Fields{
		{Name: "Trailer", Value: "X-Sum, Content-Length, x-late ,Authorization"}, {Name: "trailer", Value: "not a name, X-Empty"},
	}
	body := &trailing{strings.NewReader("a=b"), seawall.Fields{
		{Name: "x-sum", Value: "1"},
		{Name: "X-Late", Value: "2"},
		{Name: "X-Late", Value: "3"},
		{Name: "X-Unannounced", Value: "4"},
		{Name: "Content-Length", Value: "5"},
		{Name: "X-Empty", Value: "a\r\nb"},
	}}
	resp, err := o.Fetch(t.Context(), r, nil, body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	wire := <-got
	if !strings.HasSuffix(wire, "\r\n3\r\na=b\r\n0\r\nX-Late: 2\r\nX-Late: 3\r\nX-Sum: 1\r\n\r\n") {
		t.Errorf("got %q", wire)
	}
	if !strings.Contains(wire, "\r\nTrailer: X-Empty,X-Late,X-Sum\r\n") {
		t.Errorf("got %q, want the trailers announced", wire)
	}
}

func TestAnswerTrailers(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n"
	for name, test := range map[string]struct {
		raw  string
		want seawall.Fields
	}{
		"none":         {head + "0\r\n\r\n", nil},
		"one":          {head + "0\r\nX-Sum: 42\r\n\r\n", seawall.Fields{{Name: "X-Sum", Value: "42"}}},
		"unannounced":  {head + "0\r\nX-Other: 1\r\n\r\n", seawall.Fields{{Name: "X-Other", Value: "1"}}},
		"out of place": {head + "0\r\nX-Sum: 42\r\nSet-Cookie: a=b\r\nConnection: close\r\n\r\n", seawall.Fields{{Name: "X-Sum", Value: "42"}}},
		"cut off":      {head, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := scripted(t, func(c net.Conn) {
				readHead(bufio.NewReader(c))
				io.WriteString(c, test.raw)
			})
			resp, err := o.Fetch(t.Context(), get("/"), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			from := resp.Body.(Trailered)
			if early := from.Trailers(); early != nil {
				t.Errorf("before the end: %v", early)
			}
			if _, err := io.Copy(io.Discard, resp.Body); (err != nil) != (name == "cut off") {
				t.Error(err)
			}
			if diff := cmp.Diff(test.want, from.Trailers()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzFields reads fields that clients write for the servers in between.
func FuzzFields(f *testing.F) {
	f.Add("X-Sum, Content-Length,x-late", "1.1 seawall, 1.0 fred (a, b)", "trailers;q=0.5, deflate", "7")
	f.Add(",, ,", "seawall", "Trailers", "-1")
	f.Add("\x00,é", " ,seawall seawall", ",", "99999999999999999999")
	f.Fuzz(func(t *testing.T, trailer, via, te, forwards string) {
		r := get("/")
		r.Method = "OPTIONS"
		r.Fields = seawall.Fields{
			{Name: "Trailer", Value: trailer}, {Name: "Via", Value: via}, {Name: "TE", Value: te}, {Name: "Max-Forwards", Value: forwards},
		}
		names := announced(r.Fields)
		if len(names) > trailersMost {
			t.Errorf("%d trailers announced", len(names))
		}
		for name := range names {
			if !mayTrail(name) || !validField(name, "") || !strings.Contains(strings.ToLower(trailer), strings.ToLower(name)) {
				t.Errorf("announced %q of %q", name, trailer)
			}
		}
		if Looped(r) && strings.Count(strings.ToLower(via), "seawall") <= passesMost {
			t.Errorf("%q is no loop", via)
		}
		if n, ok := MaxForwards(r); n < 0 || !ok && n > 0 && forwards == "" {
			t.Errorf("%q: got %d, %v", forwards, n, ok)
		}
		if r.Fields.Lists("TE", "trailers") && !strings.Contains(strings.ToLower(te), "trailers") {
			t.Errorf("%q asks for no trailers", te)
		}
	})
}
