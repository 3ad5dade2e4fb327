using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Migrator.Jobs.Storage;

namespace Migrator.Web.Security;

/// <summary>Seals the keys of the antiforgery tokens with the master key: the key files alone forge no form.</summary>
public sealed class FormKeyEncryptor(SecretVault vault) : IXmlEncryptor
{
    internal static readonly SecretAddress Address = new("form-keys", "", "", "key");

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var bytes = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var element = new XElement("sealed", Convert.ToBase64String(vault.Seal(Address, bytes)));
        return new EncryptedXmlInfo(element, typeof(FormKeyDecryptor));
    }
}
