using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace HandlePool.Tests.Architecture;

/// <summary>Maps the types of an assembly to the folder of their source file, as its portable PDB names it.</summary>
/// <remarks>A namespace does not tell the folder: types of several folders are in that of the assembly.</remarks>
internal sealed class SourceFolders
{
    // The kind of debug information that names the documents of a type without methods.
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly Dictionary<string, string> _folders = [];
    private readonly string _project;

    private SourceFolders(string project) => _project = project;

    /// <summary>Gets the folders of an assembly whose project folder has its name.</summary>
    internal static SourceFolders Of(string assemblyPath)
    {
        SourceFolders folders = new(Path.GetFileNameWithoutExtension(assemblyPath));
        using PEReader assembly = new(File.OpenRead(assemblyPath));
        using MetadataReaderProvider symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assemblyPath, ".pdb")));
        folders.Read(assembly.GetMetadataReader(), symbols.GetMetadataReader());
        return folders;
    }

    /// <summary>
    /// Returns the first folder below the project of the type, or of the type that it is nested in; null for generated code.
    /// </summary>
    internal string? this[string fullName] => _folders.GetValueOrDefault(fullName.Split('+', '/')[0]);

    private void Read(MetadataReader types, MetadataReader symbols)
    {
        foreach (MethodDefinitionHandle handle in types.MethodDefinitions)
        {
            DocumentHandle document = symbols.GetMethodDebugInformation(handle).Document;
            if (!document.IsNil)
                Add(types, types.GetMethodDefinition(handle).GetDeclaringType(), symbols, document);
        }

        foreach (TypeDefinitionHandle handle in types.TypeDefinitions)
        {
            foreach (DocumentHandle document in DocumentsOf(symbols, handle))
                Add(types, handle, symbols, document);
        }
    }

    private static IEnumerable<DocumentHandle> DocumentsOf(MetadataReader symbols, TypeDefinitionHandle type)
    {
        foreach (CustomDebugInformationHandle handle in symbols.GetCustomDebugInformation(type))
        {
            CustomDebugInformation information = symbols.GetCustomDebugInformation(handle);
            if (symbols.GetGuid(information.Kind) != TypeDocuments)
                continue;
            BlobReader rows = symbols.GetBlobReader(information.Value);
            while (rows.RemainingBytes > 0)
                yield return MetadataTokens.DocumentHandle(rows.ReadCompressedInteger());
        }
    }

    private void Add(MetadataReader types, TypeDefinitionHandle handle, MetadataReader symbols, DocumentHandle document)
    {
        string path = symbols.GetString(symbols.GetDocument(document).Name).Replace('\\', '/');
        string root = $"/{_project}/";
        int start = path.LastIndexOf(root, StringComparison.Ordinal);
        if (start < 0)
            return;

        string[] parts = path[(start + root.Length)..].Split('/');
        if (parts[0] != "obj")
            _folders.TryAdd(OutermostName(types, handle), parts.Length > 1 ? parts[0] : ".");
    }

    private static string OutermostName(MetadataReader types, TypeDefinitionHandle handle)
    {
        TypeDefinition type = types.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = types.GetTypeDefinition(type.GetDeclaringType());
        string name = types.GetString(type.Name);
        return type.Namespace.IsNil ? name : $"{types.GetString(type.Namespace)}.{name}";
    }
}
