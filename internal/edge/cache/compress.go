package cache

import (
	"bytes"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/seawall-project/seawall"
)

// What is compressed: between a size at which it pays and one that takes a core a fraction of a second.
const (
	minCompress = 512
	maxCompress = 4 << 20

	gzipLevel   = 6
	brotliLevel = 5
	zstdWindow  = 1 << 20 // at most 8 MiB are allowed (RFC 9659)
)

// coded are the forms of an entry's body that we made ourselves. Each is made once for an entry, after somebody asked for the entry a
// second time, and the room for all is part of the entry's weight from the beginning.
type coded struct {
	allowed bool // the response may be transformed and its type is worth it
	begun   atomic.Uint32
	made    [codings]atomic.Pointer[[]byte]
	taken   atomic.Int64 // bytes of all forms
}

// codings is how many codings we make, and preferred the order in which they are served: the smallest form first.
const codings = 3

var preferred = [codings]struct {
	coding encodings
	name   string
	press  func(io.Writer, []byte) error
}{
	{codingBrotli, "br", pressBrotli},
	{codingZstd, "zstd", pressZstd},
	{codingGzip, "gzip", pressGzip},
}

// reserve is how many bytes all forms of a body of n bytes may take together.
func reserve(n int) int { return n - n/4 }

// transformable reports whether a response with fields f may be compressed by us and is worth it: its origin did not, does not forbid it
// (RFC 9110, section 7.7), and has signed or summed nothing that would no longer be true.
func transformable(status int, f seawall.Fields, noTransform bool) bool {
	if status != 200 || noTransform || !compressible(f.Get("Content-Type")) {
		return false
	}
	return !slices.ContainsFunc(untransformed, f.Has)
}

// untransformed are fields that would no longer be true of another form of the body, or that say that there is none.
var untransformed = []string{
	"Content-Encoding", "Content-Range", "Content-MD5", "Digest", "Content-Digest", "Repr-Digest", "Signature", "Signature-Input",
}

// compressible reports whether bodies of a media type are text, or something else that is not compressed in itself.
func compressible(contentType string) bool {
	kind, _, _ := strings.Cut(contentType, ";")
	kind = strings.ToLower(strings.Trim(kind, " \t"))
	switch kind {
	case "application/json", "application/javascript", "application/x-javascript", "application/xml", "application/wasm",
		"application/vnd.ms-fontobject", "font/ttf", "font/otf", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon":
		return true
	}
	return strings.HasPrefix(kind, "text/") || strings.HasSuffix(kind, "+xml") || strings.HasSuffix(kind, "+json")
}

// mayCode reports whether e's body is one that is compressed.
func (e *Entry) mayCode() bool {
	return e.coded.allowed && len(e.Body) >= minCompress && len(e.Body) <= maxCompress
}

// Select returns the fields and the body that answer r with e: compressed, where that has been prepared and r takes it, and with room for
// a few more fields. What may come in several forms says so in Vary, and has a weak entity-tag in those that we made (RFC 9110, sections
// 8.8.1 and 12.5.5). A request for a part gets a part of what the origin sent.
func (e *Entry) Select(r *seawall.Request) (seawall.Fields, []byte) {
	fields := make(seawall.Fields, 0, len(e.Fields)+6)
	fields = append(fields, e.Fields...)
	if !e.mayCode() {
		return fields, e.Body
	}
	if !e.Fields.Lists("Vary", acceptEncoding) {
		fields = append(fields, seawall.Field{Name: "Vary", Value: "Accept-Encoding"})
	}
	taken := e.takenBy(r)
	for i := range preferred {
		body := e.coded.made[i].Load()
		if body == nil || taken&preferred[i].coding == 0 {
			continue
		}
		for j := range fields {
			if strings.EqualFold(fields[j].Name, "ETag") && !e.weak && e.etag != "" {
				fields[j].Value = e.etagWeak
			}
		}
		return append(fields, seawall.Field{Name: "Content-Encoding", Value: preferred[i].name}), *body
	}
	return fields, e.Body
}

// takenBy returns the codings of ours in which r takes e.
func (e *Entry) takenBy(r *seawall.Request) encodings {
	if r.Fields.Has("Range") {
		return 0
	}
	for value := range r.Fields.Values("Cache-Control") {
		if hasDirective(value, "no-transform") { // RFC 9111, section 5.2.1.6
			return 0
		}
	}
	return encodingsOf(r.Fields)
}

// presses bounds how many bodies are compressed at once.
type presses struct {
	limit   int64
	running atomic.Int64
	mu      sync.Mutex // guards closed against all
	closed  bool
	all     sync.WaitGroup
}

func newPresses() *presses { return &presses{limit: int64(max(1, runtime.GOMAXPROCS(0)/2))} }

// begin reports whether another may begin.
func (p *presses) begin() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.running.Load() >= p.limit {
		return false
	}
	p.running.Add(1)
	p.all.Add(1)
	return true
}

func (p *presses) end() {
	p.running.Add(-1)
	p.all.Done()
}

func (p *presses) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.all.Wait()
}

// Prepare has e compressed in the background, in the best coding that r takes, so that readers to come get it so. It is to be called when
// a stored answer is used, and does nothing when that has been done for e already, or when enough are being compressed: what nobody asks
// for twice costs nothing.
func (c *Cache) Prepare(e *Entry, r *seawall.Request) {
	if !e.mayCode() || e.coded.begun.Load() == 1<<codings-1 {
		return
	}
	taken := e.takenBy(r)
	for i := range preferred {
		if taken&preferred[i].coding == 0 {
			continue
		}
		if e.coded.begun.Load()&(1<<i) == 0 && c.presses.begin() {
			if e.coded.begun.Or(1<<i)&(1<<i) != 0 {
				c.presses.end() // another was quicker
				return
			}
			go func() {
				defer c.presses.end()
				e.press(i)
			}()
		}
		return
	}
}

// press makes one form, and keeps it if it is smaller by a tenth and there is room.
func (e *Entry) press(i int) {
	var b bytes.Buffer
	if err := preferred[i].press(&b, e.Body); err != nil || b.Len() > len(e.Body)-len(e.Body)/10 {
		return
	}
	if e.coded.taken.Add(int64(b.Len())) > int64(reserve(len(e.Body))) {
		e.coded.taken.Add(-int64(b.Len()))
		return
	}
	body := bytes.Clone(b.Bytes())
	e.coded.made[i].Store(&body)
}

// inheritCoded takes over the forms that were made of the same body.
func (e *Entry) inheritCoded(from *Entry) {
	if !e.coded.allowed {
		return
	}
	for i := range preferred {
		if body := from.coded.made[i].Load(); body != nil {
			e.coded.made[i].Store(body)
			e.coded.begun.Or(1 << i)
			e.coded.taken.Add(int64(len(*body)))
		}
	}
}

func pressGzip(w io.Writer, body []byte) error {
	z, err := gzip.NewWriterLevel(w, gzipLevel)
	if err != nil {
		return err //nolint:wrapcheck // the caller keeps no error
	}
	return finish(z, body)
}

func pressBrotli(w io.Writer, body []byte) error {
	return finish(brotli.NewWriterLevel(w, brotliLevel), body)
}

func pressZstd(w io.Writer, body []byte) error {
	z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow))
	if err != nil {
		return err //nolint:wrapcheck // the caller keeps no error
	}
	return finish(z, body)
}

func finish(z io.WriteCloser, body []byte) error {
	if _, err := z.Write(body); err != nil {
		return err //nolint:wrapcheck // the caller keeps no error
	}
	return z.Close() //nolint:wrapcheck // the caller keeps no error
}
