using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Migrator.Jobs.Storage;

namespace Migrator.Web.Security;

/// <summary>Opens what <see cref="FormKeyEncryptor"/> sealed. Data protection makes it by its name, which stands in the key files.</summary>
public sealed class FormKeyDecryptor(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement)
    {
        var vault = services.GetRequiredService<SecretVault>();
        return XElement.Parse(Encoding.UTF8.GetString(vault.Open(FormKeyEncryptor.Address, Convert.FromBase64String(encryptedElement.Value))));
    }
}
