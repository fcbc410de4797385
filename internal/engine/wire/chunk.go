package wire

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/seawall-project/seawall"
)

// maxChunkLine is the longest line that announces a chunk, extensions included.
const maxChunkLine = 256

// readChunked reads a body in chunks (RFC 9112, section 7.1) and writes what has come of them as chunks of its own. Extensions mean
// nothing to anybody and are left out.
func (f *H1) readChunked(dst, p []byte) (_, rest []byte, why seawall.Reason) {
	switch f.state {
	case h1ChunkLine:
		return f.readChunkLine(dst, p)
	case h1Chunk:
		n := min(int64(len(p)), f.left)
		if f.left -= n; f.left == 0 {
			f.state = h1ChunkEnd
		}
		return appendChunk(dst, p[:n]), p[n:], seawall.ReasonNone
	case h1ChunkEnd:
		return f.readChunkEnd(dst, p)
	default:
		return f.readTrailer(dst, p)
	}
}

func appendChunk(dst, p []byte) []byte {
	dst = strconv.AppendInt(dst, int64(len(p)), 16)
	dst = append(dst, "\r\n"...)
	dst = append(dst, p...)
	return append(dst, "\r\n"...)
}

func (f *H1) readChunkLine(dst, p []byte) (_, rest []byte, why seawall.Reason) {
	i := bytes.IndexByte(p, '\n')
	n := i + 1
	if i < 0 {
		n = len(p)
	}
	if len(f.buf)+n > maxChunkLine {
		return dst, nil, seawall.ReasonBadChunk
	}
	f.buf = append(f.buf, p[:n]...)
	if i < 0 {
		return dst, nil, seawall.ReasonNone
	}
	size, ok := chunkSize(string(f.buf))
	f.reset()
	switch {
	case !ok:
		return dst, nil, seawall.ReasonBadChunk
	case size == 0:
		f.state = h1Trailer
	default:
		f.state, f.left = h1Chunk, size
	}
	return dst, p[n:], seawall.ReasonNone
}

// chunkSize reads "size [; extensions] CRLF".
func chunkSize(line string) (int64, bool) {
	line, ok := strings.CutSuffix(line, "\r\n")
	if !ok {
		return 0, false
	}
	number, extension, extended := strings.Cut(line, ";")
	if extended {
		number = strings.TrimRight(number, " \t")
	}
	if number == "" || !all(extension, valueChar) {
		return 0, false
	}
	for i := range len(number) {
		if !hexDigit(number[i]) {
			return 0, false
		}
	}
	size, err := strconv.ParseInt(number, 16, 63)
	return size, err == nil
}

func hexDigit(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

// readChunkEnd reads the CRLF behind a chunk's data.
func (f *H1) readChunkEnd(dst, p []byte) (_, rest []byte, why seawall.Reason) {
	if p[0] != "\r\n"[len(f.buf)] {
		return dst, nil, seawall.ReasonBadChunk
	}
	f.buf = append(f.buf, p[0])
	if len(f.buf) == len("\r\n") {
		f.reset()
		f.state = h1ChunkLine
	}
	return dst, p[1:], seawall.ReasonNone
}

// readTrailer reads the trailer section (RFC 9112, section 7.1.2) and ends the body.
func (f *H1) readTrailer(dst, p []byte) (_, rest []byte, why seawall.Reason) {
	rest, end, why := f.collect(p)
	if why != seawall.ReasonNone || !end {
		return dst, rest, why
	}
	fields, why := parseTrailer(string(f.buf), f.limits.Fields)
	if why != seawall.ReasonNone {
		return dst, nil, why
	}
	f.reset()
	f.last.trailer.fields = fields
	f.endBody()
	return append(dst, "0\r\n\r\n"...), rest, seawall.ReasonNone
}

// parseTrailer reads trailer fields. Those that frame, route or authenticate a message have no place there (RFC 9110, section 6.5.1).
func parseTrailer(raw string, maxFields int) (seawall.Fields, seawall.Reason) {
	if strings.Count(raw, "\r\n")-1 > maxFields {
		return nil, seawall.ReasonHeadTooLarge
	}
	var fields seawall.Fields
	for line, rest, _ := strings.Cut(raw, "\r\n"); line != ""; line, rest, _ = strings.Cut(rest, "\r\n") {
		field, why := parseField(line)
		if why != seawall.ReasonNone {
			return nil, why
		}
		if headOnly(field.Name) {
			return nil, seawall.ReasonBadField
		}
		fields = append(fields, field)
	}
	return fields, seawall.ReasonNone
}

// headOnly reports whether a field may only come in a head.
func headOnly(name string) bool {
	switch strings.ToLower(name) {
	case "host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect", "range",
		"authorization", "cookie", "content-encoding", "content-type", "content-range", "cache-control":
		return true
	}
	return false
}
