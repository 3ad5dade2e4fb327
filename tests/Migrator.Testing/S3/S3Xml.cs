using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Migrator.Testing.S3;

/// <summary>Answers as XML.</summary>
internal static class S3Xml
{
    public static readonly XNamespace Space = "http://s3.amazonaws.com/doc/2006-03-01/";

    public static CultureInfo Plain => CultureInfo.InvariantCulture;

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", Plain);

    /// <summary>An element; names of the S3 namespace, values in plain text.</summary>
    public static XElement Element(string name, params object?[] content) => new(Space + name, content);

    public static Task WriteErrorAsync(HttpContext context, S3Exception no)
    {
        context.Response.StatusCode = no.Status;
        if (context.Request.Method == "HEAD") return Task.CompletedTask;
        return WriteAsync(context, new XElement("Error", new XElement("Code", no.Code), new XElement("Message", no.Message),
            new XElement("RequestId", "1")));
    }

    public static async Task WriteAsync(HttpContext context, XElement answer)
    {
        context.Response.ContentType = "application/xml";
        var bytes = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + answer.ToString(SaveOptions.DisableFormatting));
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
