package paper

import (
	"fmt"
	"strings"
)

// assetKind is a kind of asset and how many of it the paper has.
type assetKind struct {
	name, ext, mime string
	count           int
	draw            func(d *dice, size int) []byte
}

var assetKinds = []assetKind{
	{"style", "css", "text/css; charset=utf-8", 6, drawStyle},
	{"script", "js", "text/javascript; charset=utf-8", 6, drawScript},
	{"icon", "svg", "image/svg+xml", 8, drawIcon},
	{"photo", "jpg", "image/jpeg", 20, drawPhoto},
}

func (p *Paper) printAssets() {
	for _, k := range assetKinds {
		for i := range k.count {
			name := fmt.Sprintf("%s%d", k.name, i+1)
			d := throw("asset " + name)
			body := k.draw(d, d.between(1_000, 20_000))
			path := fmt.Sprintf("/assets/%s.%08x.%s", name, uint32(sum(body)), k.ext)
			p.links = append(p.links, path)
			p.add(p.assets, Doc{Path: path, Type: k.mime, Body: body})
		}
	}
}

func drawStyle(d *dice, size int) []byte {
	return fill(size, "", "", func(b *strings.Builder) {
		fmt.Fprintf(b, ".c%d{margin:%dpx;color:#%06x}\n", d.between(0, 999), d.between(0, 40), d.next()&0xffffff)
	})
}

func drawScript(d *dice, size int) []byte {
	return fill(size, "\"use strict\";\n", "", func(b *strings.Builder) {
		fmt.Fprintf(b, "const n%x = %d;\n", d.next()>>16, d.between(0, 999_999))
	})
}

func drawIcon(d *dice, size int) []byte {
	return fill(size, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 100 100\">\n", "</svg>\n", func(b *strings.Builder) {
		fmt.Fprintf(b, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\"/>\n", d.between(0, 100), d.between(0, 100), d.between(1, 9))
	})
}

// fill returns head, as many lines as make size bytes or a little more, and tail.
func fill(size int, head, tail string, line func(*strings.Builder)) []byte {
	const longestLine = 64
	var b strings.Builder
	b.WriteString(head)
	for b.Len() < size-len(tail)-longestLine {
		line(&b)
	}
	b.WriteString(tail)
	return []byte(b.String())
}

// drawPhoto returns bytes that begin and end like a JPEG file and say nothing in between.
func drawPhoto(d *dice, size int) []byte {
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(d.next())
	}
	copy(body, "\xff\xd8\xff\xe0\x00\x10JFIF\x00")
	copy(body[size-2:], "\xff\xd9")
	return body
}
