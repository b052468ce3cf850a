"""Writes the same documents into a folder as many programs do. Usage: inputs.py FOLDER NAMES…, names of the functions below."""

import gzip
import io
import json
import pathlib
import sys
import zlib

folder = pathlib.Path(sys.argv[1])
words = "the quick brown fox jumps over the lazy dog größer 😀 語".split()
documents = [
    {
        "text": "\n".join(" ".join(words[(n * 7 + k) % len(words)] for k in range(n % 23 + 1)) for _ in range(n % 3 + 1))
        + (' "quoted", and; more\ttabs' if n % 5 == 0 else ""),
        "id": f"doc-{n}",
        "url": f"https://example.org/{n}?a=b",
        "meta": {"n": n, "tags": ["a", "b"][: n % 3]},
    }
    for n in range(300)
]
lines = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in documents).encode()


def expected():
    (folder / "expected.jsonl").write_bytes(lines)
    members = [gzip.compress(lines[at : at + 5000]) for at in range(0, len(lines), 5000)]
    (folder / "members.jsonl.gz").write_bytes(b"".join(members))


def pyarrow():
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(documents)
    for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
        pq.write_table(table, folder / f"pyarrow-{codec}.parquet", compression=codec, row_group_size=70)
    pq.write_table(table, folder / "pyarrow-v2.parquet", data_page_version="2.0", compression="zstd")
    dictionary = table.set_column(0, "text", table["text"].dictionary_encode())
    forms = {"plain": table, "dictionary": dictionary}
    for name, kind in {"large": pa.large_string(), "view": pa.string_view()}.items():
        forms[name] = table.set_column(0, "text", table["text"].cast(kind))
    for name, form in forms.items():
        for codec in [None, "lz4", "zstd"]:
            options = pa.ipc.IpcWriteOptions(compression=codec)
            # Batches of one table share their dictionary, which a file has once.
            whole = form.combine_chunks()
            with pa.ipc.new_file(folder / f"pyarrow-{name}-{codec}.arrow", whole.schema, options=options) as writer:
                writer.write_table(whole, max_chunksize=70)
            with pa.ipc.new_stream(folder / f"pyarrow-{name}-{codec}.arrows", whole.schema, options=options) as writer:
                writer.write_table(whole, max_chunksize=70)


def polars():
    import polars as pl

    frame = pl.DataFrame(documents)
    for codec in ["zstd", "lz4", "snappy", "gzip", "brotli", "uncompressed"]:
        frame.write_parquet(folder / f"polars-{codec}.parquet", compression=codec, row_group_size=70)
    for codec in ["uncompressed", "lz4", "zstd"]:
        frame.write_ipc(folder / f"polars-{codec}.arrow", compression=codec)
        frame.write_ipc_stream(folder / f"polars-{codec}.arrows", compression=codec)
    frame.select("text", "id", "url").write_csv(folder / "polars.csv")
    frame.write_ndjson(folder / "polars.ndjson")


def duckdb():
    import duckdb as db

    source = f"read_json('{folder}/duckdb-source.jsonl', format='newline_delimited')"
    (folder / "duckdb-source.jsonl").write_bytes(lines)
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]:
        db.sql(f"copy (from {source}) to '{folder}/duckdb-{codec}.parquet' (format parquet, codec {codec})")
    db.sql(f"copy (select text, id, url from {source}) to '{folder}/duckdb.csv' (format csv, header)")
    db.sql(f"copy (from {source}) to '{folder}/duckdb.json' (format json, array true)")
    db.sql(f"copy (from {source}) to '{folder}/duckdb.jsonl.zst' (format json, compression zstd)")


def warcio():
    import brotli
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    def chunked(body):
        parts = [body[at : at + 50] for at in range(0, len(body), 50)]
        return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

    encodings = {"gzip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress, None: bytes}
    for name, zipped in {"warcio.warc.gz": True, "warcio-plain.warc": False}.items():
        with (folder / name).open("wb") as output:
            writer = WARCWriter(output, gzip=zipped)
            for n, document in enumerate(documents):
                encoding = list(encodings)[n % 4]
                body = encodings[encoding](document["text"].encode())
                headers = [("Content-Type", "text/plain; charset=utf-8")]
                if encoding is not None:
                    headers.append(("Content-Encoding", encoding))
                if n % 3 == 0:
                    headers.append(("Transfer-Encoding", "chunked"))
                    body = chunked(body)
                http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
                writer.write_record(
                    writer.create_warc_record(
                        document["url"], "response", payload=io.BytesIO(body), http_headers=http,
                        warc_headers_dict={"WARC-Record-ID": f"<{document['id']}>"},
                    )
                )
    with (folder / "warcio.warc.wet.gz").open("wb") as output:
        writer = WARCWriter(output, gzip=True)
        for document in documents:
            writer.write_record(
                writer.create_warc_record(
                    document["url"], "conversion", payload=io.BytesIO(document["text"].encode()),
                    warc_content_type="text/plain", warc_headers_dict={"WARC-Record-ID": f"<{document['id']}>"},
                )
            )


def zstandard():
    import zstandard as zs

    def write(name, **parameters):
        compressor = zs.ZstdCompressor(compression_params=zs.ZstdCompressionParameters.from_level(3, **parameters))
        with (folder / name).open("wb") as output, compressor.stream_writer(output) as writer:
            for at in range(0, len(lines), 4096):
                writer.write(lines[at : at + 4096])

    write("long-27.jsonl.zst", window_log=27, enable_ldm=True)
    write("checksum.jsonl.zst", write_checksum=True)
    # A window of 256 MiB, which the command line's decoder refuses too, unless it is told otherwise.
    write("refused-28.jsonl.zst", window_log=28, enable_ldm=True)
    frames = [zs.ZstdCompressor().compress(lines[at : at + 5000]) for at in range(0, len(lines), 5000)]
    (folder / "frames.jsonl.zst").write_bytes(b"\x50\x2a\x4d\x18\x03\0\0\0abc".join(frames))


for name in sys.argv[2:]:
    globals()[name]()
print(json.dumps(sorted(path.name for path in folder.iterdir())))
